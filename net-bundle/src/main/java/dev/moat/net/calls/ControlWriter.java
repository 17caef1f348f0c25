package dev.moat.net.calls;

import dev.moat.abi.Cmsghdr;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.MsgHdr;
import dev.moat.abi.SocketConstants;
import dev.moat.abi.Ucred;
import dev.moat.api.namespace.UserView;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.net.ReceivedMessage;
import dev.moat.net.Socket;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Writes the control part of a message that was received; what finds no room is dropped with
 * MSG_CTRUNC.
 */
final class ControlWriter {
    private final Task task;
    private final long userAddr;
    private final long roomBytes;
    private long used;
    private int flags;

    ControlWriter(Task task, MsgHdr header) {
        this.task = task;
        this.userAddr = header.control();
        this.roomBytes = header.control() == 0 ? 0 : Math.max(0, header.controlLengthBytes());
    }

    /** Writes credentials if the socket wants them, and installs the open files. */
    void write(Socket socket, ReceivedMessage message, boolean closeOnExec) {
        @Nullable Ucred sender = message.credentials();
        if (socket.options().passCredentials() && sender != null) {
            writeCredentials(sender);
        }
        if (!message.rights().isEmpty()) {
            writeRights(message.rights(), closeOnExec);
        }
    }

    /** MSG_CTRUNC or 0. */
    int flags() {
        return flags;
    }

    /** What msg_controllen shall say. */
    long lengthBytes() {
        return used;
    }

    private void writeCredentials(Ucred sender) {
        byte[] data = new byte[(int) Ucred.SIZE];
        int pid = task.pids().seen(sender.pid());
        UserView space = task.credentials().space();
        int uid = space.seenUid(sender.uid());
        new Ucred(pid, uid, space.seenGid(sender.gid())).writeTo(MemorySegment.ofArray(data), 0);
        writeMessage(SocketConstants.SCM_CREDENTIALS, data);
    }

    private void writeRights(List<FileDescription> files, boolean closeOnExec) {
        long room = roomBytes - used - Cmsghdr.SIZE;
        int fitting = Math.clamp(room / Integer.BYTES, 0, files.size());
        byte[] numbers = new byte[fitting * Integer.BYTES];
        int installed = 0;
        for (FileDescription file : files) {
            if (installed == fitting) {
                file.release();
                continue;
            }
            try {
                int fd = task.files().install(task, file, closeOnExec);
                MemorySegment.ofArray(numbers)
                        .set(ValueLayout.JAVA_INT_UNALIGNED, (long) installed * Integer.BYTES, fd);
                installed++;
            } catch (ErrnoException full) {
                // The table released it; what comes behind is dropped, too: scm_detach_fds in
                // net/core/scm.c.
                fitting = installed;
            }
        }
        if (installed < files.size()) {
            flags |= SocketConstants.MSG_CTRUNC;
        }
        if (installed > 0) {
            writeMessage(
                    SocketConstants.SCM_RIGHTS, Arrays.copyOf(numbers, installed * Integer.BYTES));
        }
    }

    private void writeMessage(int type, byte[] data) {
        long room = roomBytes - used;
        if (room < Cmsghdr.SIZE) {
            flags |= SocketConstants.MSG_CTRUNC;
            return;
        }
        long kept = Math.min(data.length, room - Cmsghdr.SIZE);
        if (kept < data.length) {
            flags |= SocketConstants.MSG_CTRUNC;
        }
        byte[] bytes = new byte[(int) (Cmsghdr.SIZE + kept)];
        MemorySegment segment = MemorySegment.ofArray(bytes);
        Cmsghdr.of(SocketConstants.SOL_SOCKET, type, kept).writeTo(segment, 0);
        MemorySegment.copy(MemorySegment.ofArray(data), 0, segment, Cmsghdr.SIZE, kept);
        task.user().copyOut(userAddr + used, bytes);
        used += Math.min(room, Cmsghdr.space(kept));
    }
}

package dev.moat.net.calls;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Cmsghdr;
import dev.moat.abi.Errno;
import dev.moat.abi.MsgHdr;
import dev.moat.abi.SocketConstants;
import dev.moat.abi.Ucred;
import dev.moat.api.namespace.UserView;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.net.SendRequest;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Reads the control part of a message that is sent, cmsg(3). Copied in once, then checked. */
final class ControlMessages {
    /** net.core.optmem_max. */
    private static final int MAX_BYTES = 131072;

    private ControlMessages() {}

    /**
     * Turns a message header into what the socket wants.
     *
     * @throws dev.moat.abi.ErrnoException EINVAL, ENOBUFS, EBADF, EPERM (foreign credentials),
     *     EFAULT
     */
    static SendRequest parse(Task task, MsgHdr header, int flags, Optional<byte[]> destination) {
        List<FileDescription> rights = new ArrayList<>();
        Ucred credentials = SendRequest.credentialsOf(task);
        if (header.control() == 0 || header.controlLengthBytes() == 0) {
            return SendRequest.to(task, flags, destination);
        }
        if (header.controlLengthBytes() < 0 || header.controlLengthBytes() > MAX_BYTES) {
            throw Errno.ENOBUFS.exception();
        }
        byte[] bytes = task.user().copyIn(header.control(), (int) header.controlLengthBytes());
        MemorySegment control = MemorySegment.ofArray(bytes);
        try {
            long at = 0;
            while (at + Cmsghdr.SIZE <= bytes.length) {
                Cmsghdr message = Cmsghdr.readFrom(control, at);
                long dataBytes = message.lengthBytes() - Cmsghdr.SIZE;
                if (dataBytes < 0 || message.lengthBytes() > bytes.length - at) {
                    throw Errno.EINVAL.exception();
                }
                if (message.level() == SocketConstants.SOL_SOCKET) {
                    switch (message.type()) {
                        case SocketConstants.SCM_RIGHTS ->
                                addRights(task, control, at + Cmsghdr.SIZE, dataBytes, rights);
                        case SocketConstants.SCM_CREDENTIALS ->
                                credentials =
                                        credentials(task, control, at + Cmsghdr.SIZE, dataBytes);
                        default -> throw Errno.EINVAL.exception();
                    }
                }
                at += Cmsghdr.align(message.lengthBytes());
            }
        } catch (RuntimeException e) {
            rights.forEach(FileDescription::release);
            throw e;
        }
        return new SendRequest(
                flags,
                destination,
                rights,
                credentials,
                task.sandbox().tasks().group(credentials.pid()).orElse(null));
    }

    private static void addRights(
            Task task,
            MemorySegment control,
            long at,
            long dataBytes,
            List<FileDescription> rights) {
        long count = dataBytes / Integer.BYTES;
        if (rights.size() + count > SocketConstants.SCM_MAX_FD) {
            throw Errno.EINVAL.exception();
        }
        for (long i = 0; i < count; i++) {
            int fd = control.get(ValueLayout.JAVA_INT_UNALIGNED, at + i * Integer.BYTES);
            rights.add(task.files().acquire(fd));
        }
    }

    /** A task may only say who it is, unless it has the capability to say otherwise: unix(7). */
    private static Ucred credentials(Task task, MemorySegment control, long at, long dataBytes) {
        if (dataBytes != Ucred.SIZE) {
            throw Errno.EINVAL.exception();
        }
        Ucred given = Ucred.readFrom(control, at);
        Credentials own = task.credentials();
        int meantUid = own.space().meantUid(given.uid());
        int meantGid = own.space().meantGid(given.gid());
        if (meantUid == UserView.NONE || meantGid == UserView.NONE) {
            throw Errno.EINVAL.exception();
        }
        Ucred claimed = new Ucred(given.pid(), meantUid, meantGid);
        boolean pid =
                claimed.pid() == task.pids().seen(task.tgid())
                        || own.has(Capabilities.CAP_SYS_ADMIN);
        boolean uid =
                claimed.uid() == own.uid()
                        || claimed.uid() == own.effectiveUid()
                        || claimed.uid() == own.savedUid()
                        || own.has(Capabilities.CAP_SETUID);
        boolean gid =
                claimed.gid() == own.gid()
                        || claimed.gid() == own.effectiveGid()
                        || claimed.gid() == own.savedGid()
                        || own.has(Capabilities.CAP_SETGID);
        if (!pid || !uid || !gid) {
            throw Errno.EPERM.exception();
        }
        return new Ucred(task.pids().meant(claimed.pid()), claimed.uid(), claimed.gid());
    }
}

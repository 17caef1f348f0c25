package dev.moat.ipc.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.IpcPerm;
import dev.moat.abi.MsqidDs;
import dev.moat.abi.SemidDs;
import dev.moat.abi.ShmidDs;
import dev.moat.ipc.msg.MessageQueue;
import dev.moat.ipc.msg.MessageQueues;
import dev.moat.ipc.object.IpcObject;
import dev.moat.ipc.sem.SemaphoreSet;
import dev.moat.ipc.sem.SemaphoreSets;
import dev.moat.ipc.shm.Segment;
import dev.moat.ipc.shm.Segments;
import java.util.List;
import java.util.Locale;
import java.util.function.Function;

/** {@code /proc/sysvipc}: a line for each object, formats as in ipc/shm.c, sem.c and msg.c. */
final class ProcTables {
    private static final String SEGMENTS =
            "       key      shmid perms                  size  cpid  lpid nattch   uid   gid  cuid"
                    + "  cgid      atime      dtime      ctime                   rss"
                    + "                  swap\n";
    private static final String SEMAPHORES =
            "       key      semid perms      nsems   uid   gid  cuid  cgid      otime      ctime\n";
    private static final String MESSAGES =
            "       key      msqid perms      cbytes       qnum lspid lrpid   uid   gid  cuid  cgid"
                    + "      stime      rtime      ctime\n";

    private ProcTables() {}

    static String segments(Segments all) {
        return table(SEGMENTS, all.table().collectAll(), ProcTables::line);
    }

    static String semaphores(SemaphoreSets all) {
        return table(SEMAPHORES, all.table().collectAll(), ProcTables::line);
    }

    static String messages(MessageQueues all) {
        return table(MESSAGES, all.table().collectAll(), ProcTables::line);
    }

    private static <T extends IpcObject> String table(
            String head, List<T> objects, Function<T, String> line) {
        StringBuilder text = new StringBuilder(head);
        for (T object : objects) {
            try {
                text.append(line.apply(object));
            } catch (ErrnoException e) {
                if (e.errno() != Errno.EIDRM) {
                    throw e;
                }
            }
        }
        return text.toString();
    }

    private static String line(Segment segment) {
        ShmidDs status = segment.status();
        IpcPerm owner = status.permissions();
        return format(
                "%10d %10d  %4o %21s %5d %5d  %5d %5s %5s %5s %5s %10d %10d %10d %21d %21d\n",
                owner.key(),
                segment.id(),
                owner.mode(),
                Long.toUnsignedString(status.sizeBytes()),
                status.creatorPid(),
                status.lastPid(),
                status.attached(),
                Integer.toUnsignedString(owner.uid()),
                Integer.toUnsignedString(owner.gid()),
                Integer.toUnsignedString(owner.creatorUid()),
                Integer.toUnsignedString(owner.creatorGid()),
                status.attachTime(),
                status.detachTime(),
                status.changeTime(),
                segment.residentBytes(),
                0);
    }

    private static String line(SemaphoreSet set) {
        SemidDs status = set.status();
        IpcPerm owner = status.permissions();
        return format(
                "%10d %10d  %4o %10d %5s %5s %5s %5s %10d %10d\n",
                owner.key(),
                set.id(),
                owner.mode(),
                status.semaphores(),
                Integer.toUnsignedString(owner.uid()),
                Integer.toUnsignedString(owner.gid()),
                Integer.toUnsignedString(owner.creatorUid()),
                Integer.toUnsignedString(owner.creatorGid()),
                status.operationTime(),
                status.changeTime());
    }

    private static String line(MessageQueue queue) {
        MsqidDs status = queue.status();
        IpcPerm owner = status.permissions();
        return format(
                "%10d %10d  %4o  %10d %10d %5d %5d %5s %5s %5s %5s %10d %10d %10d\n",
                owner.key(),
                queue.id(),
                owner.mode(),
                status.bytes(),
                status.messages(),
                status.lastSendPid(),
                status.lastReceivePid(),
                Integer.toUnsignedString(owner.uid()),
                Integer.toUnsignedString(owner.gid()),
                Integer.toUnsignedString(owner.creatorUid()),
                Integer.toUnsignedString(owner.creatorGid()),
                status.sendTime(),
                status.receiveTime(),
                status.changeTime());
    }

    private static String format(String form, Object... values) {
        return String.format(Locale.ROOT, form, values);
    }
}

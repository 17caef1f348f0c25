package dev.moat.ipc.mqueue;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.Landlock;
import dev.moat.abi.Limits;
import dev.moat.abi.MqAttr;
import dev.moat.abi.OpenFlags;
import dev.moat.api.landlock.LandlockDomain;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import java.util.Optional;

/** mq_open(3) and mq_unlink(3): names and permissions of queues. */
public final class QueueNames {
    private static final int MAY_WRITE = 2;
    private static final int MAY_READ = 4;
    private static final int MAY_EXEC = 1;

    private QueueNames() {}

    /**
     * Opens, and makes if wanted.
     *
     * @param attributes of a new queue; empty for the default
     * @return owned by the caller
     * @throws dev.moat.abi.ErrnoException EACCES, EEXIST, ENOENT, EINVAL, ENOSPC, EMFILE
     */
    public static FileDescription open(
            Task task,
            QueueFilesystem all,
            String name,
            int flags,
            int mode,
            Optional<MqAttr> attributes) {
        check(name);
        int kept = flags & (OpenFlags.O_ACCMODE | OpenFlags.O_NONBLOCK);
        while (true) {
            QueueInode known = all.directory().lookup(name);
            if (known == null) {
                if ((flags & OpenFlags.O_CREAT) == 0) {
                    throw Errno.ENOENT.exception();
                }
                checkAccess(task.credentials(), all.directory(), MAY_WRITE | MAY_EXEC);
                MqAttr wanted = attributes.orElseGet(all.limits()::defaults);
                if (attributes.isPresent()) {
                    all.limits().check(task, wanted);
                }
                try {
                    return open(task, all, all.directory().create(task, name, mode, wanted), kept);
                } catch (dev.moat.abi.ErrnoException e) {
                    if (e.errno() != Errno.EEXIST || (flags & OpenFlags.O_EXCL) != 0) {
                        throw e;
                    }
                    continue;
                }
            }
            if ((flags & OpenFlags.O_CREAT) != 0 && (flags & OpenFlags.O_EXCL) != 0) {
                throw Errno.EEXIST.exception();
            }
            checkAccess(task.credentials(), known, access(flags));
            return open(task, all, known, kept);
        }
    }

    /** Landlock looks at the queue and its directory, wherever that is mounted. */
    private static FileDescription open(Task task, QueueFilesystem all, Inode queue, int flags) {
        LandlockDomain domain = task.credentials().domain();
        if (domain != null && domain.denied(rights(flags), queue, all.directory()) != 0) {
            throw Errno.EACCES.exception();
        }
        return queue.open(task, flags);
    }

    private static int rights(int flags) {
        int access = access(flags);
        return ((access & MAY_READ) != 0 ? Landlock.LANDLOCK_ACCESS_FS_READ_FILE : 0)
                | ((access & MAY_WRITE) != 0 ? Landlock.LANDLOCK_ACCESS_FS_WRITE_FILE : 0);
    }

    private static int access(int flags) {
        return switch (flags & OpenFlags.O_ACCMODE) {
            case OpenFlags.O_RDONLY -> MAY_READ;
            case OpenFlags.O_WRONLY -> MAY_WRITE;
            case OpenFlags.O_RDWR -> MAY_READ | MAY_WRITE;
            default -> throw Errno.EINVAL.exception();
        };
    }

    /** Takes the name of a queue away: ENOENT, EACCES, EPERM. */
    public static void unlink(Task task, QueueFilesystem all, String name) {
        check(name);
        QueueInode known = all.directory().lookup(name);
        if (known == null) {
            throw Errno.ENOENT.exception();
        }
        Credentials who = task.credentials();
        checkAccess(who, all.directory(), MAY_WRITE | MAY_EXEC);
        // the directory is sticky
        boolean mine = who.fsUid() == known.uid() || who.fsUid() == all.directory().uid();
        if (!mine && !who.can(Capabilities.CAP_FOWNER)) {
            throw Errno.EPERM.exception();
        }
        all.directory().unlink(name);
    }

    /** lookup_one_len(): one component. */
    private static void check(String name) {
        if (name.isEmpty()) {
            throw Errno.ENOENT.exception();
        }
        if (name.length() > Limits.NAME_MAX) {
            throw Errno.ENAMETOOLONG.exception();
        }
        if (name.indexOf('/') >= 0 || name.equals(".") || name.equals("..")) {
            throw Errno.EACCES.exception();
        }
    }

    private static void checkAccess(Credentials who, Inode inode, int wanted) {
        int granted = inode.mode();
        if (who.fsUid() == inode.uid()) {
            granted >>= 6;
        } else if (who.isInGroup(inode.gid())) {
            granted >>= 3;
        }
        boolean allowed =
                (wanted & ~granted & 7) == 0
                        || who.can(Capabilities.CAP_DAC_OVERRIDE)
                        || wanted == MAY_READ && who.can(Capabilities.CAP_DAC_READ_SEARCH);
        if (!allowed) {
            throw Errno.EACCES.exception();
        }
    }
}

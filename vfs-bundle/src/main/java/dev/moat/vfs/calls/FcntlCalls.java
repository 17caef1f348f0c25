package dev.moat.vfs.calls;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.FOwnerEx;
import dev.moat.abi.Fcntl;
import dev.moat.abi.FileMode;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.Rlimits;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitSuspended;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.FileDescription.SignalOwner;
import dev.moat.api.vfs.OwnerSignals;
import dev.moat.api.vfs.VfsSettings;
import dev.moat.vfs.FileFlags;
import dev.moat.vfs.Permissions;
import dev.moat.vfs.SandboxVfs;
import dev.moat.vfs.async.AsyncNotices;
import dev.moat.vfs.lease.Leases;
import dev.moat.vfs.pipe.Pipe;
import dev.moat.vfs.pipe.PipeFile;
import java.lang.foreign.MemorySegment;

/** {@code fcntl(2)}. */
public final class FcntlCalls {
    /** SETFL_MASK, fs/fcntl.c. */
    private static final int SETTABLE =
            OpenFlags.O_APPEND | OpenFlags.O_NONBLOCK | OpenFlags.O_DIRECT | OpenFlags.O_NOATIME;

    private final RecordLocks locks = new RecordLocks();

    @Syscall(nr = 72, name = "fcntl")
    public long fcntl(Task task, int fd, int command, long argument) {
        FileDescription file = task.resumption().acquire(task, fd);
        try {
            if ((file.flags() & OpenFlags.O_PATH) != 0 && !isForPaths(command)) {
                throw Errno.EBADF.exception();
            }
            return run(task, fd, file, command, argument);
        } catch (WaitSuspended e) {
            task.resumption().pin(fd, file);
            throw e;
        } finally {
            file.release();
        }
    }

    /** What works on O_PATH descriptors: check_fcntl_cmd(). */
    private static boolean isForPaths(int command) {
        return switch (command) {
            case Fcntl.F_DUPFD,
                    Fcntl.F_DUPFD_CLOEXEC,
                    Fcntl.F_DUPFD_QUERY,
                    Fcntl.F_CREATED_QUERY,
                    Fcntl.F_GETFD,
                    Fcntl.F_SETFD,
                    Fcntl.F_GETFL ->
                    true;
            default -> false;
        };
    }

    private long run(Task task, int fd, FileDescription file, int command, long argument) {
        return switch (command) {
            case Fcntl.F_DUPFD -> duplicate(task, file, argument, false);
            case Fcntl.F_DUPFD_CLOEXEC -> duplicate(task, file, argument, true);
            case Fcntl.F_DUPFD_QUERY -> isSame(task, file, (int) argument);
            case Fcntl.F_CREATED_QUERY -> file.isCreator() ? 1 : 0;
            case Fcntl.F_GETFD -> task.files().isCloseOnExec(fd) ? Fcntl.FD_CLOEXEC : 0;
            case Fcntl.F_SETFD -> {
                task.files().setCloseOnExec(fd, (argument & Fcntl.FD_CLOEXEC) != 0);
                yield 0;
            }
            case Fcntl.F_GETFL -> file.flags();
            case Fcntl.F_SETFL -> setFlags(task, fd, file, (int) argument);
            case Fcntl.F_GETLK,
                    Fcntl.F_OFD_GETLK,
                    Fcntl.F_SETLK,
                    Fcntl.F_OFD_SETLK,
                    Fcntl.F_SETLKW,
                    Fcntl.F_OFD_SETLKW ->
                    locks.run(task, fd, file, command, argument);
            case Fcntl.F_GETOWN,
                    Fcntl.F_SETOWN,
                    Fcntl.F_GETOWN_EX,
                    Fcntl.F_SETOWN_EX,
                    Fcntl.F_GETSIG,
                    Fcntl.F_SETSIG ->
                    owner(task, file, command, argument);
            case Fcntl.F_GETPIPE_SZ -> pipe(file).capacity();
            case Fcntl.F_SETPIPE_SZ -> setPipeSize(task, file, argument);
            case Fcntl.F_GET_SEALS -> file.inode().seals();
            case Fcntl.F_ADD_SEALS -> addSeals(file, (int) argument);
            case Fcntl.F_NOTIFY -> watchDirectory(task, fd, file, (int) argument);
            case Fcntl.F_GETLEASE -> Leases.get(task, file);
            case Fcntl.F_SETLEASE -> {
                Leases.set(task, file, fd, (int) argument);
                yield 0;
            }
            default -> Errno.EINVAL.negated();
        };
    }

    private static long duplicate(
            Task task, FileDescription file, long minimum, boolean closeOnExec) {
        long limit = task.group().limits().soft(Rlimits.RLIMIT_NOFILE);
        if (!file.tryRetain()) {
            throw Errno.EBADF.exception();
        }
        return task.files().install(file, (int) minimum, closeOnExec, limit);
    }

    private static long isSame(Task task, FileDescription file, int otherFd) {
        FileDescription other = task.files().tryAcquire(otherFd);
        if (other == null) {
            return 0;
        }
        other.release();
        return other == file ? 1 : 0;
    }

    private static long setFlags(Task task, int fd, FileDescription file, int flags) {
        boolean gainsNoAtime =
                (flags & ~file.flags() & OpenFlags.O_NOATIME) != 0
                        && !Permissions.isOwner(SandboxVfs.viewer(task, file), file.inode());
        if (gainsNoAtime) {
            throw Errno.EPERM.exception();
        }
        if (((flags ^ file.flags()) & OpenFlags.O_APPEND) != 0) {
            FileFlags.checkNoAppend(file.inode());
        }
        int type = file.inode().mode() & FileMode.S_IFMT;
        boolean direct = (flags & OpenFlags.O_DIRECT) != 0;
        boolean canBypass =
                type == FileMode.S_IFREG && file.path() != null && !file.refusesDirect();
        if (direct && !canBypass && type != FileMode.S_IFIFO) {
            throw Errno.EINVAL.exception();
        }
        setAsync(task, fd, file, (flags & OpenFlags.O_ASYNC) != 0);
        file.setFlags(SETTABLE, flags);
        return 0;
    }

    /** Switches signals about readiness on or off. */
    static void setAsync(Task task, int fd, FileDescription file, boolean on) {
        file.setObserver(SandboxVfs.of(task));
        AsyncNotices.setReadiness(task, file, fd, on);
    }

    private static long watchDirectory(Task task, int fd, FileDescription file, int bits) {
        SandboxVfs vfs = SandboxVfs.of(task);
        if (vfs.settings().get(VfsSettings.Setting.DIR_NOTIFY_ENABLE) == 0) {
            throw Errno.EINVAL.exception();
        }
        file.setObserver(vfs);
        AsyncNotices.setDirectory(task, file, fd, bits, vfs.notifier());
        return 0;
    }

    private static SignalOwner ownedBy(Task task, int type, int number, int signal) {
        int id = number == 0 ? 0 : task.pids().meant(number);
        OwnerSignals.checkExists(task.sandbox().tasks(), id);
        return SignalOwner.namedBy(task, type, id, signal);
    }

    private static long owner(Task task, FileDescription file, int command, long argument) {
        SignalOwner now = file.signalOwner();
        switch (command) {
            case Fcntl.F_GETOWN -> {
                int number = task.pids().seen(now.id());
                return now.type() == Fcntl.F_OWNER_PGRP ? -number : number;
            }
            case Fcntl.F_SETOWN -> {
                int id = (int) argument;
                if (id == Integer.MIN_VALUE) {
                    throw Errno.EINVAL.exception();
                }
                int type = id < 0 ? Fcntl.F_OWNER_PGRP : Fcntl.F_OWNER_PID;
                file.setSignalOwner(ownedBy(task, type, Math.abs(id), now.signal()));
            }
            case Fcntl.F_GETOWN_EX -> {
                byte[] bytes = new byte[(int) FOwnerEx.SIZE];
                new FOwnerEx(now.type(), task.pids().seen(now.id()))
                        .writeTo(MemorySegment.ofArray(bytes), 0);
                task.user().copyOut(argument, bytes);
            }
            case Fcntl.F_SETOWN_EX -> {
                byte[] bytes = task.user().copyIn(argument, (int) FOwnerEx.SIZE);
                FOwnerEx wanted = FOwnerEx.readFrom(MemorySegment.ofArray(bytes), 0);
                if (wanted.type() < Fcntl.F_OWNER_TID || wanted.type() > Fcntl.F_OWNER_PGRP) {
                    throw Errno.EINVAL.exception();
                }
                file.setSignalOwner(ownedBy(task, wanted.type(), wanted.pid(), now.signal()));
            }
            case Fcntl.F_GETSIG -> {
                return now.signal();
            }
            default -> {
                if (argument < 0 || argument > dev.moat.abi.Signals._NSIG) {
                    throw Errno.EINVAL.exception();
                }
                file.setSignalOwner(now.withSignal((int) argument));
            }
        }
        return 0;
    }

    private static Pipe pipe(FileDescription file) {
        if (file instanceof PipeFile end) {
            return end.pipe();
        }
        throw Errno.EBADF.exception();
    }

    private static long setPipeSize(Task task, FileDescription file, long size) {
        Pipe pipe = pipe(file);
        long wanted = Integer.toUnsignedLong((int) size);
        if (wanted > 1L << 31) {
            throw Errno.EINVAL.exception();
        }
        boolean grows = wanted > pipe.capacity();
        if (grows
                && wanted > SandboxVfs.of(task).settings().get(VfsSettings.Setting.PIPE_MAX_SIZE)
                && !task.credentials().can(Capabilities.CAP_SYS_RESOURCE)) {
            throw Errno.EPERM.exception();
        }
        return pipe.resize(wanted);
    }

    private static long addSeals(FileDescription file, int seals) {
        int known =
                Fcntl.F_SEAL_SEAL
                        | Fcntl.F_SEAL_SHRINK
                        | Fcntl.F_SEAL_GROW
                        | Fcntl.F_SEAL_WRITE
                        | Fcntl.F_SEAL_FUTURE_WRITE
                        | Fcntl.F_SEAL_EXEC;
        if (!file.isWritable()) {
            throw Errno.EPERM.exception();
        }
        Args.checkFlags(seals, known);
        if (!FileMode.S_ISREG(file.inode().mode())) {
            throw Errno.EINVAL.exception();
        }
        file.inode().addSeals(seals);
        return 0;
    }
}

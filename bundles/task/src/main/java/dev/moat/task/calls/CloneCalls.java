package dev.moat.task.calls;

import static dev.moat.abi.CloneFlags.CLONE_CLEAR_SIGHAND;
import static dev.moat.abi.CloneFlags.CLONE_DETACHED;
import static dev.moat.abi.CloneFlags.CLONE_FS;
import static dev.moat.abi.CloneFlags.CLONE_INTO_CGROUP;
import static dev.moat.abi.CloneFlags.CLONE_NEWCGROUP;
import static dev.moat.abi.CloneFlags.CLONE_NEWIPC;
import static dev.moat.abi.CloneFlags.CLONE_NEWNET;
import static dev.moat.abi.CloneFlags.CLONE_NEWNS;
import static dev.moat.abi.CloneFlags.CLONE_NEWPID;
import static dev.moat.abi.CloneFlags.CLONE_NEWTIME;
import static dev.moat.abi.CloneFlags.CLONE_NEWUSER;
import static dev.moat.abi.CloneFlags.CLONE_NEWUTS;
import static dev.moat.abi.CloneFlags.CLONE_PARENT;
import static dev.moat.abi.CloneFlags.CLONE_PARENT_SETTID;
import static dev.moat.abi.CloneFlags.CLONE_PIDFD;
import static dev.moat.abi.CloneFlags.CLONE_SIGHAND;
import static dev.moat.abi.CloneFlags.CLONE_THREAD;
import static dev.moat.abi.CloneFlags.CLONE_VFORK;
import static dev.moat.abi.CloneFlags.CLONE_VM;
import static dev.moat.abi.CloneFlags.CSIGNAL;

import dev.moat.abi.Capabilities;
import dev.moat.abi.CloneArgs;
import dev.moat.abi.CloneFlags;
import dev.moat.abi.Errno;
import dev.moat.abi.Signals;
import dev.moat.api.cgroup.Cgroup;
import dev.moat.api.cgroup.CgroupHolder;
import dev.moat.api.namespace.NamespaceKind;
import dev.moat.api.namespace.PidView;
import dev.moat.api.namespace.UserView;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.VfsSettings;
import dev.moat.task.process.Cloning;
import dev.moat.task.process.GuestTask;
import dev.moat.task.process.NewNamespaces;
import dev.moat.task.process.NewUser;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code clone(2)}, {@code fork(2)}, {@code vfork(2)}, {@code set_tid_address(2)}. */
final class CloneCalls {
    private static final long NAMESPACES =
            CLONE_NEWNS
                    | CLONE_NEWCGROUP
                    | CLONE_NEWUTS
                    | CLONE_NEWIPC
                    | CLONE_NEWUSER
                    | CLONE_NEWPID
                    | CLONE_NEWNET
                    | CLONE_NEWTIME;

    /** Bits that clone3(2) knows: kernel/fork.c clone3_args_valid. */
    private static final long CLONE3_FLAGS = 0xffffffffL | CLONE_CLEAR_SIGHAND | CLONE_INTO_CGROUP;

    @Syscall(
            nr = 56,
            name = "clone",
            support = Support.PARTIAL,
            note = "A new network namespace has abstract names of local sockets only.")
    long clone(Task task, long flags, long stack, long parentTid, long childTid, long tls) {
        long plain = flags & 0xffffffffL & ~CSIGNAL;
        if ((plain & CLONE_PIDFD) != 0 && (plain & (CLONE_PARENT_SETTID | CLONE_DETACHED)) != 0) {
            throw Errno.EINVAL.exception();
        }
        return run(
                task,
                new Cloning.Request(
                        plain,
                        (int) (flags & CSIGNAL),
                        stack,
                        tls,
                        parentTid,
                        childTid,
                        parentTid,
                        List.of(),
                        null));
    }

    @Syscall(nr = 57, name = "fork")
    long fork(Task task) {
        return run(task, new Cloning.Request(0, Signals.SIGCHLD, 0, 0, 0, 0, 0, List.of(), null));
    }

    @Syscall(nr = 58, name = "vfork")
    long vfork(Task task) {
        long flags = CLONE_VFORK | CLONE_VM;
        return run(
                task, new Cloning.Request(flags, Signals.SIGCHLD, 0, 0, 0, 0, 0, List.of(), null));
    }

    @Syscall(
            nr = 435,
            name = "clone3",
            support = Support.PARTIAL,
            note = "A new network namespace has abstract names of local sockets only.")
    long clone3(Task task, long argsAddr, long sizeBytes) {
        CloneArgs args = readArgs(task, argsAddr, sizeBytes);
        checkClone3(args);
        long stack = args.stack() == 0 ? 0 : args.stack() + args.stackSizeBytes();
        return run(
                task,
                new Cloning.Request(
                        args.flags(),
                        (int) args.exitSignal(),
                        stack,
                        args.tls(),
                        args.parentTid(),
                        args.childTid(),
                        args.pidfd(),
                        wantedTids(task, args),
                        intoCgroup(task, args, sizeBytes)));
    }

    @Syscall(nr = 218, name = "set_tid_address")
    long setTidAddress(Task task, long userAddr) {
        GuestTask.of(task).futexOwner().setClearTidAddr(userAddr);
        return task.pids().seen(task.tid());
    }

    @Syscall(
            nr = 272,
            name = "unshare",
            support = Support.PARTIAL,
            note = "A new network namespace has abstract names of local sockets only.")
    long unshare(Task task, long flags) {
        long known =
                NAMESPACES
                        | CloneFlags.CLONE_FILES
                        | CLONE_FS
                        | CloneFlags.CLONE_SYSVSEM
                        | CLONE_THREAD
                        | CLONE_SIGHAND
                        | CLONE_VM;
        if ((flags & ~known) != 0) {
            throw Errno.EINVAL.exception();
        }
        refuseNamespaces(task, flags & NAMESPACES);
        GuestTask guest = GuestTask.of(task);
        boolean alone = guest.group().liveTasks().size() == 1;
        if ((flags & (CLONE_THREAD | CLONE_SIGHAND | CLONE_VM | CLONE_NEWUSER)) != 0 && !alone) {
            throw Errno.EINVAL.exception();
        }
        if ((flags & CLONE_VM) != 0 && guest.memory().users() > 1) {
            throw Errno.EINVAL.exception();
        }
        if ((flags & CloneFlags.CLONE_FILES) != 0) {
            guest.unshareFiles();
        }
        if ((flags & (CloneFlags.CLONE_SYSVSEM | CLONE_NEWIPC)) != 0) {
            guest.leaveUndoGroup();
        }
        if ((flags & (CLONE_FS | CLONE_NEWNS | CLONE_NEWUSER)) != 0 && guest.fs().users() > 1) {
            guest.exchangeFs(guest.fs().fork()).release();
        }
        boolean otherPids = guest.namespaces().get(NamespaceKind.PID) != guest.pidNamespace();
        if ((flags & CLONE_NEWPID) != 0 && otherPids) {
            throw Errno.EINVAL.exception();
        }
        if ((flags & NewNamespaces.KNOWN) != 0) {
            NewUser user = NewUser.of(guest, flags);
            guest.exchangeNamespaces(NewNamespaces.of(guest, flags, guest.fs(), user)).release();
            guest.setCredentials(user.credentials());
        }
        return 0;
    }

    private static long run(Task task, Cloning.Request request) {
        GuestTask parent = GuestTask.of(task);
        check(parent, request);
        return new Cloning(parent.services(), parent).run(request);
    }

    /** The rules of kernel/fork.c copy_process. */
    private static void check(GuestTask parent, Cloning.Request request) {
        long flags = request.flags();
        boolean otherPids = parent.namespaces().get(NamespaceKind.PID) != parent.pidNamespace();
        boolean conflicting =
                has(flags, CLONE_NEWNS | CLONE_FS)
                        || has(flags, CLONE_NEWUSER | CLONE_FS)
                        || (flags & CLONE_THREAD) != 0 && (flags & CLONE_SIGHAND) == 0
                        || (flags & CLONE_SIGHAND) != 0 && (flags & CLONE_VM) == 0
                        || has(flags, CLONE_SIGHAND | CLONE_CLEAR_SIGHAND)
                        || (flags & CLONE_THREAD) != 0
                                && ((flags & (CLONE_NEWUSER | CLONE_NEWPID)) != 0 || otherPids)
                        || (flags & CLONE_NEWPID) != 0 && otherPids
                        || has(flags, CLONE_NEWIPC | CloneFlags.CLONE_SYSVSEM)
                        || (flags & CLONE_PARENT) != 0 && parent.group().isNamespaceInit();
        if (conflicting) {
            throw Errno.EINVAL.exception();
        }
        refuseNamespaces(parent, flags & NAMESPACES);
    }

    private static boolean has(long flags, long all) {
        return (flags & all) == all;
    }

    private static void refuseNamespaces(Task task, long wanted) {
        if (wanted == 0) {
            return;
        }
        boolean privileged =
                (wanted & CLONE_NEWUSER) != 0 || task.credentials().has(Capabilities.CAP_SYS_ADMIN);
        if (!privileged) {
            throw Errno.EPERM.exception();
        }
        if ((wanted & ~NewNamespaces.KNOWN) != 0) {
            throw Errno.EINVAL.exception();
        }
    }

    /** copy_struct_from_user: a larger struct must be zero behind what is known. */
    private static CloneArgs readArgs(Task task, long userAddr, long sizeBytes) {
        if (sizeBytes > 4096) {
            throw Errno.E2BIG.exception();
        }
        if (sizeBytes < CloneFlags.CLONE_ARGS_SIZE_VER0) {
            throw Errno.EINVAL.exception();
        }
        byte[] given = task.user().copyIn(userAddr, (int) sizeBytes);
        for (int i = (int) CloneArgs.SIZE; i < given.length; i++) {
            if (given[i] != 0) {
                throw Errno.E2BIG.exception();
            }
        }
        MemorySegment struct = Structs.allocate(CloneArgs.SIZE);
        MemorySegment.copy(
                MemorySegment.ofArray(given), 0, struct, 0, Math.min(sizeBytes, CloneArgs.SIZE));
        return CloneArgs.readFrom(struct, 0);
    }

    private static void checkClone3(CloneArgs args) {
        long flags = args.flags();
        boolean stackMismatch = (args.stack() == 0) != (args.stackSizeBytes() == 0);
        boolean bad =
                (flags & ~CLONE3_FLAGS) != 0
                        || (flags & (CLONE_DETACHED | CSIGNAL & ~CLONE_NEWTIME)) != 0
                        || (args.exitSignal() & ~CSIGNAL) != 0
                        || (flags & (CLONE_THREAD | CLONE_PARENT)) != 0 && args.exitSignal() != 0
                        || stackMismatch;
        if (bad || args.exitSignal() > Signals._NSIG) {
            throw Errno.EINVAL.exception();
        }
    }

    /** The group that CLONE_INTO_CGROUP names: cgroup_css_set_fork. */
    private static @Nullable Cgroup intoCgroup(Task task, CloneArgs args, long sizeBytes) {
        if ((args.flags() & CLONE_INTO_CGROUP) == 0) {
            return null;
        }
        if (sizeBytes < CloneFlags.CLONE_ARGS_SIZE_VER2
                || args.cgroup() != (int) args.cgroup()
                || args.cgroup() < 0) {
            throw Errno.EINVAL.exception();
        }
        FileDescription file = task.files().acquire((int) args.cgroup());
        try {
            if (!(file.inode() instanceof CgroupHolder holder)) {
                throw Errno.EBADF.exception();
            }
            holder.checkMigration(task.credentials(), task.cgroup());
            return holder.cgroup();
        } finally {
            file.release();
        }
    }

    /** set_tid: from the child's own pid namespace on upwards. */
    private static List<Integer> wantedTids(Task task, CloneArgs args) {
        if (args.setTidCount() == 0 && args.setTid() == 0) {
            return List.of();
        }
        int levels = PidView.of(task.namespaces().get(NamespaceKind.PID)).level() + 1;
        if ((args.flags() & CLONE_NEWPID) != 0) {
            levels++;
        }
        if (args.setTidCount() < 1 || args.setTidCount() > levels || args.setTid() == 0) {
            throw Errno.EINVAL.exception();
        }
        List<Integer> wanted = new ArrayList<>();
        int end = task.sandbox().vfs().settings().get(VfsSettings.Setting.PID_MAX);
        for (int i = 0; i < args.setTidCount(); i++) {
            int number = task.user().readInt(args.setTid() + 4L * i);
            if (number < 1 || number >= end) {
                throw Errno.EINVAL.exception();
            }
            wanted.add(number);
        }
        UserView owner = task.namespaces().get(NamespaceKind.PID).owner();
        if (!task.credentials().canRestoreIn(owner)) {
            throw Errno.EPERM.exception();
        }
        return wanted;
    }
}

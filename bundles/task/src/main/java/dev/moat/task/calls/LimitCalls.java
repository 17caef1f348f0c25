package dev.moat.task.calls;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.Rlimit;
import dev.moat.abi.Rlimits;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.VfsSettings;
import dev.moat.task.process.GuestTask;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** {@code getrlimit(2)}, {@code setrlimit(2)}, {@code prlimit(2)}. */
final class LimitCalls {
    @Syscall(nr = 97, name = "getrlimit")
    long getrlimit(Task task, int resource, long limitAddr) {
        write(task, limitAddr, GuestTask.of(task).group().limits().get(resource));
        return 0;
    }

    @Syscall(nr = 160, name = "setrlimit")
    long setrlimit(Task task, int resource, long limitAddr) {
        GuestTask guest = GuestTask.of(task);
        set(guest, guest, resource, read(task, limitAddr));
        return 0;
    }

    @Syscall(nr = 302, name = "prlimit64")
    long prlimit64(Task task, int pid, int resource, long newAddr, long oldAddr) {
        GuestTask caller = GuestTask.of(task);
        Rlimit wanted = newAddr == 0 ? null : read(task, newAddr);
        GuestTask target = pid == 0 ? caller : caller.services().tree().find(caller, pid);
        if (target == null) {
            throw Errno.ESRCH.exception();
        }
        checkAccess(caller, target);
        Rlimit old = exchange(caller, target, resource, wanted);
        if (oldAddr != 0) {
            write(task, oldAddr, old);
        }
        return 0;
    }

    private static Rlimit exchange(
            GuestTask caller, GuestTask target, int resource, @Nullable Rlimit wanted) {
        Rlimit old = target.group().limits().get(resource);
        if (wanted != null) {
            set(caller, target, resource, wanted);
        }
        return old;
    }

    private static void set(GuestTask caller, GuestTask target, int resource, Rlimit wanted) {
        Rlimit old = target.group().limits().get(resource);
        if (Long.compareUnsigned(wanted.soft(), wanted.hard()) > 0) {
            throw Errno.EINVAL.exception();
        }
        if (resource == Rlimits.RLIMIT_NOFILE
                && Long.compareUnsigned(wanted.hard(), mostFiles(caller)) > 0) {
            throw Errno.EPERM.exception();
        }
        if (Long.compareUnsigned(wanted.hard(), old.hard()) > 0
                && !caller.credentials().can(Capabilities.CAP_SYS_RESOURCE)) {
            throw Errno.EPERM.exception();
        }
        target.group().limits().set(resource, wanted);
        if (resource == Rlimits.RLIMIT_CPU) {
            target.group().timers().cpuLimitChanged();
        }
    }

    private static long mostFiles(GuestTask caller) {
        return caller.sandbox().vfs().settings().get(VfsSettings.Setting.NR_OPEN);
    }

    /** All ids equal, or CAP_SYS_RESOURCE: kernel/sys.c check_prlimit_permission. */
    private static void checkAccess(GuestTask caller, GuestTask target) {
        if (caller.group() == target.group()) {
            return;
        }
        Credentials own = caller.credentials();
        Credentials other = target.credentials();
        boolean same =
                own.uid() == other.effectiveUid()
                        && own.uid() == other.savedUid()
                        && own.uid() == other.uid()
                        && own.gid() == other.effectiveGid()
                        && own.gid() == other.savedGid()
                        && own.gid() == other.gid();
        if (!same && !own.canIn(target.credentials().space(), Capabilities.CAP_SYS_RESOURCE)) {
            throw Errno.EPERM.exception();
        }
    }

    private static Rlimit read(Task task, long addr) {
        return Rlimit.readFrom(Structs.copyIn(task.user(), addr, Rlimit.SIZE), 0);
    }

    private static void write(Task task, long addr, Rlimit limit) {
        MemorySegment struct = Structs.allocate(Rlimit.SIZE);
        limit.writeTo(struct, 0);
        Structs.copyOut(task.user(), addr, struct);
    }
}

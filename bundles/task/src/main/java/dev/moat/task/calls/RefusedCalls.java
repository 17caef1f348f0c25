package dev.moat.task.calls;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.RebootConstants;
import dev.moat.abi.Signals;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.task.process.GuestGroup;
import dev.moat.task.process.GuestTask;
import dev.moat.task.process.PidSpace;

/**
 * Calls that administer a real machine: {@code reboot(2)}, {@code swapon(2)}, {@code
 * init_module(2)}.
 */
final class RefusedCalls {
    private static final String NOT_HERE =
            "A sandbox has no such thing: EPERM, as without the capability.";

    @Syscall(
            nr = 169,
            name = "reboot",
            support = Support.PARTIAL,
            note = "Ends process 1 of a pid namespace; EPERM in the first one, as in a container.")
    long reboot(Task task, int magic, int magic2, int command, long argument) {
        if (!task.credentials().can(Capabilities.CAP_SYS_BOOT)) {
            throw Errno.EPERM.exception();
        }
        boolean known =
                magic == RebootConstants.LINUX_REBOOT_MAGIC1
                        && (magic2 == RebootConstants.LINUX_REBOOT_MAGIC2
                                || magic2 == RebootConstants.LINUX_REBOOT_MAGIC2A
                                || magic2 == RebootConstants.LINUX_REBOOT_MAGIC2B
                                || magic2 == RebootConstants.LINUX_REBOOT_MAGIC2C);
        if (!known) {
            throw Errno.EINVAL.exception();
        }
        if (!(GuestTask.of(task).pids() instanceof PidSpace space)) {
            throw Errno.EPERM.exception();
        }
        return endNamespace(GuestTask.of(task), space, command);
    }

    /** reboot_pid_ns: its process 1 seems to have been ended by a signal that tells the command. */
    private static long endNamespace(GuestTask task, PidSpace space, int command) {
        int signal =
                switch (command) {
                    case RebootConstants.LINUX_REBOOT_CMD_RESTART,
                            RebootConstants.LINUX_REBOOT_CMD_RESTART2 ->
                            Signals.SIGHUP;
                    case RebootConstants.LINUX_REBOOT_CMD_HALT,
                            RebootConstants.LINUX_REBOOT_CMD_POWER_OFF ->
                            Signals.SIGINT;
                    default -> throw Errno.EINVAL.exception();
                };
        GuestGroup init = space.init();
        if (init != null) {
            task.services().sender().kill(init, ExitStatus.killed(signal));
        }
        task.exit(0);
        return 0;
    }

    @Syscall(
            nr = 334,
            name = "rseq",
            support = Support.REFUSED,
            note =
                    "ENOSYS, as a kernel without CONFIG_RSEQ: the host moves and preempts guest code without Moat seeing it (docs/adr/0016)")
    long rseq(Task task, long areaAddr, int lengthBytes, int flags, int signature) {
        throw Errno.ENOSYS.exception();
    }

    @Syscall(nr = 167, name = "swapon", support = Support.REFUSED, note = NOT_HERE)
    long swapon(Task task, long pathAddr, int flags) {
        throw Errno.EPERM.exception();
    }

    @Syscall(nr = 168, name = "swapoff", support = Support.REFUSED, note = NOT_HERE)
    long swapoff(Task task, long pathAddr) {
        throw Errno.EPERM.exception();
    }

    @Syscall(nr = 175, name = "init_module", support = Support.REFUSED, note = NOT_HERE)
    long initModule(Task task, long imageAddr, long lengthBytes, long parametersAddr) {
        throw Errno.EPERM.exception();
    }

    @Syscall(nr = 313, name = "finit_module", support = Support.REFUSED, note = NOT_HERE)
    long finitModule(Task task, int fd, long parametersAddr, int flags) {
        throw Errno.EPERM.exception();
    }

    @Syscall(nr = 176, name = "delete_module", support = Support.REFUSED, note = NOT_HERE)
    long deleteModule(Task task, long nameAddr, int flags) {
        throw Errno.EPERM.exception();
    }

    @Syscall(nr = 246, name = "kexec_load", support = Support.REFUSED, note = NOT_HERE)
    long kexecLoad(Task task, long entry, long count, long segmentsAddr, long flags) {
        throw Errno.EPERM.exception();
    }

    @Syscall(nr = 320, name = "kexec_file_load", support = Support.REFUSED, note = NOT_HERE)
    long kexecFileLoad(
            Task task, int kernelFd, int initrdFd, long length, long commandLineAddr, long flags) {
        throw Errno.EPERM.exception();
    }

    @Syscall(nr = 172, name = "iopl", support = Support.REFUSED, note = NOT_HERE)
    long iopl(Task task, int level) {
        throw (level < 0 || level > 3 ? Errno.EINVAL : Errno.EPERM).exception();
    }

    @Syscall(nr = 173, name = "ioperm", support = Support.REFUSED, note = NOT_HERE)
    long ioperm(Task task, long from, long count, int on) {
        throw Errno.EPERM.exception();
    }

    @Syscall(
            nr = 298,
            name = "perf_event_open",
            support = Support.REFUSED,
            note = "No performance counters: EACCES, as perf_event_paranoid 4.")
    long perfEventOpen(Task task, long attrAddr, int pid, int cpu, int groupFd, long flags) {
        throw Errno.EACCES.exception();
    }
}

package dev.moat.fs.dev.terminal;

import static dev.moat.abi.TermiosConstants.*;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.Ioctls;
import dev.moat.abi.Signals;
import dev.moat.api.task.Task;
import java.util.OptionalLong;

/** ioctl_tty(2) on a terminal. */
final class SlaveCalls {
    private SlaveCalls() {}

    static long ioctl(SlaveFile file, Task task, int command, long argument) {
        Pty pty = file.pty();
        OptionalLong answer = ModeCalls.ioctl(pty, task, command, argument);
        if (answer.isEmpty()) {
            answer =
                    JobControlCalls.ioctl(
                            pty,
                            task,
                            JobControlCalls.End.SLAVE,
                            file.isReadable(),
                            command,
                            argument);
        }
        return answer.isPresent() ? answer.getAsLong() : other(pty, task, command, argument);
    }

    private static long other(Pty pty, Task task, int command, long argument) {
        switch (command) {
            case Ioctls.TIOCINQ -> task.user().writeInt(argument, pty.readableBytes());
            // A pseudo terminal has no transmitter: what was written is with the master.
            case Ioctls.TIOCOUTQ -> task.user().writeInt(argument, 0);
            case Ioctls.TCFLSH, Ioctls.TCXONC, Ioctls.TIOCSETD -> {
                return inForeground(pty, task, command, argument);
            }
            // Without a line there is no break to send: send_break() of a driver without break_ctl.
            case Ioctls.TCSBRK, Ioctls.TCSBRKP, Ioctls.TIOCSBRK, Ioctls.TIOCCBRK -> {
                return pty.jobs().check(task, Signals.SIGTTOU);
            }
            case Ioctls.TIOCGETD -> task.user().writeInt(argument, N_TTY);
            case Ioctls.TIOCEXCL -> pty.setExclusive(true);
            case Ioctls.TIOCNXCL -> pty.setExclusive(false);
            case Ioctls.TIOCGEXCL -> task.user().writeInt(argument, pty.isExclusive() ? 1 : 0);
            case Ioctls.TIOCGDEV -> task.user().writeInt(argument, (int) pty.jobs().device());
            case Ioctls.TIOCVHANGUP -> {
                requireAdmin(task);
                pty.hangUp();
            }
            case Ioctls.TIOCSTI -> simulateInput(pty, task, argument);
            default -> throw Errno.ENOTTY.exception();
        }
        return 0;
    }

    private static long inForeground(Pty pty, Task task, int command, long argument) {
        long refused = pty.jobs().check(task, Signals.SIGTTOU);
        if (refused != 0) {
            return refused;
        }
        switch (command) {
            case Ioctls.TCFLSH -> {
                switch ((int) argument) {
                    case TCIFLUSH -> pty.flush(true, false);
                    case TCOFLUSH -> pty.flush(false, true);
                    case TCIOFLUSH -> pty.flush(true, true);
                    default -> throw Errno.EINVAL.exception();
                }
            }
            case Ioctls.TCXONC -> {
                switch ((int) argument) {
                    case TCOOFF -> pty.suspendOutput(true);
                    case TCOON -> pty.suspendOutput(false);
                    case TCIOFF -> sendControlChar(pty, VSTOP);
                    case TCION -> sendControlChar(pty, VSTART);
                    default -> throw Errno.EINVAL.exception();
                }
            }
            default -> ModeCalls.setDiscipline(task, argument);
        }
        return 0;
    }

    private static void sendControlChar(Pty pty, int index) {
        int c = pty.mode().special(index);
        if (c != 0) {
            pty.sendToMaster(c);
        }
    }

    /** As with dev.tty.legacy_tiocsti off: EIO without CAP_SYS_ADMIN. */
    private static void simulateInput(Pty pty, Task task, long argument) {
        if (!task.credentials().can(Capabilities.CAP_SYS_ADMIN)) {
            throw Errno.EIO.exception();
        }
        pty.writeMaster(new byte[] {task.user().readByte(argument)}, 1);
    }

    private static void requireAdmin(Task task) {
        if (!task.credentials().can(Capabilities.CAP_SYS_ADMIN)) {
            throw Errno.EPERM.exception();
        }
    }
}

package dev.moat.fs.dev.terminal;

import static dev.moat.abi.TermiosConstants.*;

import dev.moat.abi.Errno;
import dev.moat.abi.Ioctls;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.Signals;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import java.util.OptionalLong;

/** ioctl_tty(2) on the master of a pseudo terminal; settings and size are those of the slave. */
final class MasterCalls {
    private MasterCalls() {}

    static long ioctl(MasterFile file, Task task, int command, long argument) {
        Pty pty = file.pty();
        OptionalLong answer = ModeCalls.ioctl(pty, task, command, argument);
        if (answer.isEmpty()) {
            answer =
                    JobControlCalls.ioctl(
                            pty, task, JobControlCalls.End.MASTER, true, command, argument);
        }
        return answer.isPresent() ? answer.getAsLong() : other(file, task, command, argument);
    }

    private static long other(MasterFile file, Task task, int command, long argument) {
        Pty pty = file.pty();
        switch (command) {
            case Ioctls.TIOCGPTN -> task.user().writeInt(argument, pty.number());
            case Ioctls.TIOCSPTLCK -> pty.setLocked(task.user().readInt(argument) != 0);
            case Ioctls.TIOCGPTLCK -> task.user().writeInt(argument, pty.isLocked() ? 1 : 0);
            case Ioctls.TIOCGPTPEER -> {
                return openPeer(file, task, (int) argument);
            }
            case Ioctls.TIOCPKT -> pty.setPacketMode(task.user().readInt(argument) != 0);
            case Ioctls.TIOCGPKT -> task.user().writeInt(argument, pty.isPacketMode() ? 1 : 0);
            case Ioctls.TIOCSIG -> raise(pty, (int) argument);
            case Ioctls.TIOCINQ -> task.user().writeInt(argument, pty.outputBytes());
            case Ioctls.TIOCOUTQ -> task.user().writeInt(argument, 0);
            case Ioctls.TCFLSH -> flush(pty, (int) argument);
            case Ioctls.TIOCGETD -> task.user().writeInt(argument, N_TTY);
            case Ioctls.TIOCSETD -> ModeCalls.setDiscipline(task, argument);
            case Ioctls.TIOCGDEV -> task.user().writeInt(argument, (int) pty.jobs().device());
            case Ioctls.TCSBRK, Ioctls.TCSBRKP, Ioctls.TIOCSBRK, Ioctls.TIOCCBRK -> {}
            default -> throw Errno.ENOTTY.exception();
        }
        return 0;
    }

    /** Input of the master is output of the terminal. */
    private static void flush(Pty pty, int direction) {
        switch (direction) {
            case TCIFLUSH -> pty.flush(false, true);
            case TCOFLUSH -> pty.flush(true, false);
            case TCIOFLUSH -> pty.flush(true, true);
            default -> throw Errno.EINVAL.exception();
        }
    }

    private static void raise(Pty pty, int signal) {
        if (signal != Signals.SIGINT && signal != Signals.SIGQUIT && signal != Signals.SIGTSTP) {
            throw Errno.EINVAL.exception();
        }
        pty.raise(signal);
    }

    /** TIOCGPTPEER: the slave without a walk to its name. */
    private static long openPeer(MasterFile file, Task task, int flags) {
        FileDescription slave = file.devpts().openPeer(file, task, flags);
        return task.files().install(task, slave, (flags & OpenFlags.O_CLOEXEC) != 0);
    }
}

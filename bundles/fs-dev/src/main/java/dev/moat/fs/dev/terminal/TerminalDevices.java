package dev.moat.fs.dev.terminal;

import dev.moat.abi.DeviceNumbers;
import dev.moat.abi.Errno;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.CharacterDevice;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import org.osgi.service.component.annotations.Component;

/**
 * The devices of major number 5: tty(4) (whatever terminal the session has), console(4) and
 * ptmx(4).
 */
@Component
public final class TerminalDevices implements CharacterDevice {
    static final int MAJOR = 5;
    static final int MULTIPLEXER = 2;
    private static final int CURRENT = 0;
    private static final int CONSOLE = 1;

    @Override
    public boolean serves(long rdev) {
        return DeviceNumbers.major(rdev) == MAJOR && DeviceNumbers.minor(rdev) <= MULTIPLEXER;
    }

    @Override
    public FileDescription open(Task task, Inode node, long rdev, int flags) {
        return switch (DeviceNumbers.minor(rdev)) {
            case CURRENT -> openCurrent(task, node, flags);
            case CONSOLE -> openConsole(task, node, flags);
            default -> multiplexed(task, node).openMaster(task, node, flags);
        };
    }

    /** The instance that the node lies in, else the one at /dev/pts: devpts_acquire(). */
    private static DevptsFilesystem multiplexed(Task task, Inode node) {
        return node.filesystem() instanceof DevptsFilesystem own
                ? own
                : DevptsFilesystem.of(task.sandbox()).orElseThrow(Errno.ENODEV::exception);
    }

    /** ENXIO without a controlling terminal. */
    private static FileDescription openCurrent(Task task, Inode node, int flags) {
        Pty pty = JobControl.of(task).map(JobControl::pty).orElseThrow(Errno.ENXIO::exception);
        return DevptsFilesystem.openSlave(task, node, pty, flags);
    }

    /**
     * The operator's terminal, never as a controlling one; ENODEV for a sandbox that was started
     * without.
     */
    private static FileDescription openConsole(Task task, Inode node, int flags) {
        Pty pty =
                DevptsFilesystem.of(task.sandbox())
                        .flatMap(DevptsFilesystem::console)
                        .orElseThrow(Errno.ENODEV::exception);
        return DevptsFilesystem.openSlave(task, node, pty, flags);
    }
}

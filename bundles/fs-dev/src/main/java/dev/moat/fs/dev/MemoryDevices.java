package dev.moat.fs.dev;

import dev.moat.abi.Capabilities;
import dev.moat.abi.DeviceNumbers;
import dev.moat.abi.Errno;
import dev.moat.abi.OpenFlags;
import dev.moat.api.host.HostSystem;
import dev.moat.api.sandbox.PrintkSettings;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.CharacterDevice;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/**
 * The devices of major number 1, drivers/char/mem.c: null, zero, full, random, urandom, kmsg.
 *
 * @see <a href="https://man7.org/linux/man-pages/man4/null.4.html">null(4)</a>, full(4), random(4)
 */
@Component
public final class MemoryDevices implements CharacterDevice {
    private static final int MAJOR = 1;
    private static final int NULL = 3;
    private static final int ZERO = 5;
    private static final int FULL = 7;
    private static final int RANDOM = 8;
    private static final int URANDOM = 9;
    private static final int KMSG = 11;

    private final HostSystem host;

    @Activate
    public MemoryDevices(@Reference HostSystem host) {
        this.host = host;
    }

    @Override
    public boolean serves(long rdev) {
        return DeviceNumbers.major(rdev) == MAJOR
                && switch (DeviceNumbers.minor(rdev)) {
                    case NULL, ZERO, FULL, RANDOM, URANDOM, KMSG -> true;
                    default -> false;
                };
    }

    @Override
    public FileDescription open(Task task, Inode node, long rdev, int flags) {
        return switch (DeviceNumbers.minor(rdev)) {
            case NULL -> new NullFile(node, flags);
            case ZERO -> new ZeroFile(task.sandbox(), node, flags);
            case FULL -> new FullFile(node, flags);
            case RANDOM, URANDOM -> new RandomFile(host, node, flags);
            case KMSG -> openLog(task, node, flags);
            default -> throw Errno.ENXIO.exception();
        };
    }

    /** devkmsg_open: all may write, if anybody; reading is as in syslog(2). */
    private static FileDescription openLog(Task task, Inode node, int flags) {
        PrintkSettings settings = task.sandbox().messages().settings();
        if (settings.userMessages() == PrintkSettings.UserMessages.OFF) {
            throw Errno.EPERM.exception();
        }
        KernelLogFile file = new KernelLogFile(task.sandbox(), node, flags);
        if ((flags & OpenFlags.O_ACCMODE) != OpenFlags.O_WRONLY) {
            if (settings.isRestricted() && !task.credentials().can(Capabilities.CAP_SYSLOG)) {
                throw Errno.EPERM.exception();
            }
            file.rewind();
        }
        return file;
    }
}

package dev.moat.fs.dev;

import dev.moat.abi.DeviceNumbers;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.CharacterDevice;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import org.osgi.service.component.annotations.Component;

/** {@code /dev/userfaultfd}: fs/userfaultfd.c. */
@Component
public final class UserfaultDevice implements CharacterDevice {
    /** MISC_MAJOR. */
    static final int MAJOR = 10;

    /** The first dynamic number of miscellaneous devices, include/linux/miscdevice.h. */
    static final int MINOR = 257;

    @Override
    public boolean serves(long rdev) {
        return DeviceNumbers.major(rdev) == MAJOR && DeviceNumbers.minor(rdev) == MINOR;
    }

    @Override
    public FileDescription open(Task task, Inode node, long rdev, int flags) {
        return new UserfaultDeviceFile(node, flags);
    }
}

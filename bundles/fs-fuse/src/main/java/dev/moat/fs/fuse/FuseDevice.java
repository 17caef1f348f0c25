package dev.moat.fs.fuse;

import dev.moat.abi.DeviceNumbers;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.CharacterDevice;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import org.osgi.service.component.annotations.Component;

/** {@code /dev/fuse}: each open file of it becomes a connection when it is mounted. */
@Component
public final class FuseDevice implements CharacterDevice {
    private static final int MAJOR = 10;
    private static final int MINOR = 229;

    @Override
    public boolean serves(long rdev) {
        return DeviceNumbers.major(rdev) == MAJOR && DeviceNumbers.minor(rdev) == MINOR;
    }

    @Override
    public FileDescription open(Task task, Inode node, long rdev, int flags) {
        return new FuseChannel(node, flags, task.credentials().space());
    }
}

package dev.moat.api.vfs;

import dev.moat.api.task.Task;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * A driver of character devices: an OSGi service, any number of them. The VFS asks the drivers when
 * a character device node is opened, on whatever file system the node lies (mknod(2)), unless the
 * mount forbids devices (MS_NODEV: EACCES). A number that no driver serves gives ENXIO.
 */
@ConsumerType
public interface CharacterDevice {
    /** Whether this driver answers for device number {@code rdev} (as stat(2) encodes it). */
    boolean serves(long rdev);

    /**
     * Opens the device. The caller has checked the permissions of the node.
     *
     * @param task who opens; its sandbox is where the device belongs
     * @param node the inode that was opened, which fstat(2) shows
     * @param flags O_* as in open(2)
     * @return a description with one reference, owned by the caller
     * @throws dev.moat.abi.ErrnoException ENXIO, ENODEV, EIO, EBUSY as the device decides
     */
    FileDescription open(Task task, Inode node, long rdev, int flags);
}

package dev.moat.vfs;

import dev.moat.abi.Bpf;
import dev.moat.abi.DeviceNumbers;
import dev.moat.abi.FileMode;
import dev.moat.api.cgroup.DeviceRules;
import dev.moat.api.cgroup.DeviceUse;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.Inode;

/**
 * What the programs of a task's control group say of devices: devcgroup_inode_permission(),
 * devcgroup_inode_mknod() of include/linux/device_cgroup.h. EPERM if they forbid it.
 */
public final class DeviceChecks {
    private DeviceChecks() {}

    /**
     * Whether {@code task}, the calling one, may use a file, if it is a device.
     *
     * @param mask MAY_*
     */
    public static void check(Task task, Inode inode, int mask) {
        int mode = inode.mode();
        if (!isDevice(mode)) {
            return;
        }
        long device = inode.attributes().rdev();
        if (device != 0) {
            int access = (mask & Permissions.MAY_WRITE) != 0 ? Bpf.BPF_DEVCG_ACC_WRITE : 0;
            access |= (mask & Permissions.MAY_READ) != 0 ? Bpf.BPF_DEVCG_ACC_READ : 0;
            DeviceRules.check(task, use(mode, device, access));
        }
    }

    /**
     * Whether {@code task}, the calling one, may make such a file, if it is a device: asked before
     * its directory is locked.
     */
    static boolean mayMake(Task task, int mode, long device) {
        boolean whiteout = FileMode.S_ISCHR(mode) && device == 0;
        return !isDevice(mode)
                || whiteout
                || DeviceRules.permits(task, use(mode, device, Bpf.BPF_DEVCG_ACC_MKNOD));
    }

    private static boolean isDevice(int mode) {
        return FileMode.S_ISCHR(mode) || FileMode.S_ISBLK(mode);
    }

    private static DeviceUse use(int mode, long device, int access) {
        int type = FileMode.S_ISCHR(mode) ? Bpf.BPF_DEVCG_DEV_CHAR : Bpf.BPF_DEVCG_DEV_BLOCK;
        return new DeviceUse(
                type, access, DeviceNumbers.major(device), DeviceNumbers.minor(device));
    }
}

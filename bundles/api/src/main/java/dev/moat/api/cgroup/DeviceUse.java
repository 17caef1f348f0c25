package dev.moat.api.cgroup;

/**
 * What a task wants to do with a device.
 *
 * @param type BPF_DEVCG_DEV_*
 * @param access BPF_DEVCG_ACC_*, several; 0 for a right to execute
 */
public record DeviceUse(int type, int access, int major, int minor) {}

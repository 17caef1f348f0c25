package dev.moat.host;

import static dev.moat.abi.MountFlags.*;
import static dev.moat.abi.SyscallNumbers.*;

import dev.moat.abi.OpenFlags;

/**
 * A tmpfs with huge pages for MADV_HUGEPAGE, mounted nowhere, for one file (fsopen(2), tmpfs(5)).
 * memfd_create(2) makes files of the host's own tmpfs, whose setting is the operators' {@code
 * shmem_enabled}, mostly "never".
 */
final class HugeTmpfs {
    private final HostContext context;
    private final NativeCalls calls;

    HugeTmpfs(HostContext context) {
        this.context = context;
        this.calls = context.calls();
    }

    /** A file without a name: a descriptor, or a negated errno (EPERM without CAP_SYS_ADMIN). */
    int createFile(String name) {
        int filesystem = open();
        if (filesystem < 0) {
            return filesystem;
        }
        int mount = mount(filesystem);
        calls.call(__NR_close, filesystem);
        if (mount < 0) {
            return mount;
        }
        int file = createIn(mount, "memfd:" + name.replace('/', '_'));
        // the file keeps the file system
        calls.call(__NR_close, mount);
        return file;
    }

    private int open() {
        try (Scratch scratch = context.scratch().borrow()) {
            return (int) calls.call(__NR_fsopen, scratch.string("tmpfs"), FSOPEN_CLOEXEC);
        }
    }

    private int mount(int filesystem) {
        // a sandbox has its own limit; 0 is none
        int result = set(filesystem, "huge", "advise");
        result = result < 0 ? result : set(filesystem, "size", "0");
        result = result < 0 ? result : set(filesystem, "mode", "0700");
        result =
                result < 0
                        ? result
                        : (int) calls.call(__NR_fsconfig, filesystem, FSCONFIG_CMD_CREATE, 0, 0, 0);
        return result < 0
                ? result
                : (int)
                        calls.call(
                                __NR_fsmount,
                                filesystem,
                                FSMOUNT_CLOEXEC,
                                MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
    }

    private int set(int filesystem, String key, String value) {
        try (Scratch scratch = context.scratch().borrow()) {
            return (int)
                    calls.call(
                            __NR_fsconfig,
                            filesystem,
                            FSCONFIG_SET_STRING,
                            scratch.string(key),
                            scratch.string(value),
                            0);
        }
    }

    private int createIn(int mount, String name) {
        try (Scratch scratch = context.scratch().borrow()) {
            long path = scratch.string(name);
            int flags =
                    OpenFlags.O_RDWR | OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_CLOEXEC;
            int file = (int) calls.call(__NR_openat, mount, path, flags, 0600);
            if (file >= 0) {
                calls.call(__NR_unlinkat, mount, path, 0);
            }
            return file;
        }
    }
}

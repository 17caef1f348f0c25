package dev.moat.vfs.calls;

import static dev.moat.abi.MountFlags.*;

import dev.moat.abi.At;
import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.MemoryFlags;
import dev.moat.api.namespace.NamespaceKind;
import dev.moat.api.namespace.UserView;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.vfs.MountContext;
import dev.moat.vfs.Place;
import dev.moat.vfs.SandboxVfs;

/**
 * {@code fsopen(2)}, {@code fsconfig(2)}, {@code fsmount(2)}, {@code fspick(2)}: fs/fsopen.c,
 * fs/namespace.c.
 */
public final class FsopenCalls {
    /** Room for a name or value of fsconfig(2). */
    private static final int TEXT_BYTES = 256;

    private static final int MOST_BINARY_BYTES = 1 << 20;

    @Syscall(nr = 430, name = "fsopen")
    public long fsopen(Task task, long typeAddr, int flags) {
        checkAdmin(task);
        Args.checkFlags(flags, FSOPEN_CLOEXEC);
        String type = text(task, typeAddr, MemoryFlags.PAGE_SIZE);
        FileDescription file = SandboxVfs.of(task).mounter().newContext(task, type);
        return task.files().install(task, file, (flags & FSOPEN_CLOEXEC) != 0);
    }

    static void checkAdmin(Task task) {
        UserView owner = task.namespaces().get(NamespaceKind.MNT).owner();
        if (!task.credentials().canIn(owner, Capabilities.CAP_SYS_ADMIN)) {
            throw Errno.EPERM.exception();
        }
    }

    /** EINVAL for what is too long: strndup_user(). */
    private static String text(Task task, long userAddr, int room) {
        try {
            return task.user().readString(userAddr, room);
        } catch (ErrnoException e) {
            throw e.errno() == Errno.ENAMETOOLONG ? Errno.EINVAL.exception() : e;
        }
    }

    @Syscall(
            nr = 431,
            name = "fsconfig",
            support = Support.PARTIAL,
            note =
                    "FSCONFIG_CMD_RECONFIGURE changes options of tmpfs, proc and devpts and read-only, no options of others (EINVAL);"
                            + " overlay takes no descriptors (EINVAL)")
    public long fsconfig(
            Task task, int fd, int command, long keyAddr, long valueAddr, int auxiliary) {
        if (fd < 0) {
            throw Errno.EINVAL.exception();
        }
        checkShape(command, keyAddr != 0, valueAddr != 0, auxiliary);
        FileDescription file = task.files().acquire(fd);
        try {
            if (!(file instanceof MountContext context)) {
                throw Errno.EINVAL.exception();
            }
            String key = keyAddr == 0 ? "" : text(task, keyAddr, TEXT_BYTES);
            switch (command) {
                case FSCONFIG_SET_FLAG,
                        FSCONFIG_SET_STRING,
                        FSCONFIG_SET_BINARY,
                        FSCONFIG_SET_PATH,
                        FSCONFIG_SET_PATH_EMPTY,
                        FSCONFIG_SET_FD ->
                        context.set(task, key, value(task, command, valueAddr, auxiliary));
                case FSCONFIG_CMD_CREATE, FSCONFIG_CMD_CREATE_EXCL -> {
                    checkAdmin(task);
                    context.create(task);
                }
                case FSCONFIG_CMD_RECONFIGURE -> context.reconfigure(task);
                default -> throw Errno.EINVAL.exception();
            }
            return 0;
        } finally {
            file.release();
        }
    }

    /** Copies a value in: EFAULT; ENOENT for an empty path; EBADF. */
    private static MountContext.Value value(Task task, int command, long valueAddr, int auxiliary) {
        switch (command) {
            case FSCONFIG_SET_FLAG -> {
                return new MountContext.Value.None();
            }
            case FSCONFIG_SET_STRING -> {
                return new MountContext.Value.Text(text(task, valueAddr, TEXT_BYTES));
            }
            case FSCONFIG_SET_BINARY -> task.user().copyIn(valueAddr, auxiliary);
            case FSCONFIG_SET_FD -> task.files().acquire(auxiliary).release();
            default -> {
                String path = Args.path(task, valueAddr);
                if (path.isEmpty() && command == FSCONFIG_SET_PATH) {
                    throw Errno.ENOENT.exception();
                }
            }
        }
        return new MountContext.Value.Other();
    }

    /** Which arguments a command takes. */
    private static void checkShape(int command, boolean key, boolean value, int auxiliary) {
        boolean good =
                switch (command) {
                    case FSCONFIG_SET_FLAG -> key && !value && auxiliary == 0;
                    case FSCONFIG_SET_STRING -> key && value && auxiliary == 0;
                    case FSCONFIG_SET_BINARY ->
                            key && value && auxiliary > 0 && auxiliary <= MOST_BINARY_BYTES;
                    case FSCONFIG_SET_PATH, FSCONFIG_SET_PATH_EMPTY ->
                            key && value && (auxiliary == At.AT_FDCWD || auxiliary >= 0);
                    case FSCONFIG_SET_FD -> key && !value && auxiliary >= 0;
                    case FSCONFIG_CMD_CREATE, FSCONFIG_CMD_CREATE_EXCL, FSCONFIG_CMD_RECONFIGURE ->
                            !key && !value && auxiliary == 0;
                    default -> throw Errno.EOPNOTSUPP.exception();
                };
        if (!good) {
            throw Errno.EINVAL.exception();
        }
    }

    @Syscall(nr = 433, name = "fspick")
    public long fspick(Task task, int dirfd, long pathAddr, int flags) {
        checkAdmin(task);
        Args.checkFlags(
                flags,
                FSPICK_CLOEXEC | FSPICK_SYMLINK_NOFOLLOW | FSPICK_NO_AUTOMOUNT | FSPICK_EMPTY_PATH);
        Place at =
                Args.require(
                        task,
                        dirfd,
                        Args.path(task, pathAddr),
                        (flags & FSPICK_SYMLINK_NOFOLLOW) == 0,
                        (flags & FSPICK_EMPTY_PATH) != 0);
        FileDescription file = SandboxVfs.of(task).mounter().pick(task, at);
        return task.files().install(task, file, (flags & FSPICK_CLOEXEC) != 0);
    }

    @Syscall(nr = 432, name = "fsmount")
    public long fsmount(Task task, int fd, int flags, int attributes) {
        checkAdmin(task);
        Args.checkFlags(flags, FSMOUNT_CLOEXEC);
        Args.checkFlags(attributes, (int) MountAttributes.KNOWN);
        long mountFlags = MountAttributes.simple(attributes) | MountAttributes.times(attributes);
        FileDescription file = task.files().acquire(fd);
        try {
            if (!(file instanceof MountContext context)) {
                throw Errno.EINVAL.exception();
            }
            FileDescription mount = context.mount(mountFlags);
            return task.files().install(task, mount, (flags & FSMOUNT_CLOEXEC) != 0);
        } finally {
            file.release();
        }
    }
}

package dev.moat.vfs.calls;

import dev.moat.abi.At;
import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.FileMode;
import dev.moat.abi.InotifyFlags;
import dev.moat.abi.XattrFlags;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.PosixAcl;
import dev.moat.vfs.FileFlags;
import dev.moat.vfs.Names;
import dev.moat.vfs.Permissions;
import dev.moat.vfs.Place;
import dev.moat.vfs.SandboxVfs;
import java.nio.charset.StandardCharsets;
import java.util.List;

/**
 * {@code setxattr(2)}, {@code getxattr(2)}, {@code listxattr(2)}, {@code removexattr(2)} and their
 * variants.
 */
public final class XattrCalls {
    @Syscall(nr = 188, name = "setxattr")
    public long setxattr(Task task, long path, long name, long value, long size, int flags) {
        Setting setting = setting(task, name, value, size, flags);
        return set(task, byPath(task, path, true), setting);
    }

    @Syscall(nr = 189, name = "lsetxattr")
    public long lsetxattr(Task task, long path, long name, long value, long size, int flags) {
        Setting setting = setting(task, name, value, size, flags);
        return set(task, byPath(task, path, false), setting);
    }

    @Syscall(nr = 190, name = "fsetxattr")
    public long fsetxattr(Task task, int fd, long name, long value, long size, int flags) {
        Setting setting = setting(task, name, value, size, flags);
        FileDescription file = Args.file(task, fd);
        try {
            return set(task, SandboxVfs.of(task).placeOf(file), setting);
        } finally {
            file.release();
        }
    }

    @Syscall(nr = 191, name = "getxattr")
    public long getxattr(Task task, long path, long name, long value, long size) {
        String wanted = name(task, name);
        return get(task, byPath(task, path, true), wanted, value, size);
    }

    @Syscall(nr = 192, name = "lgetxattr")
    public long lgetxattr(Task task, long path, long name, long value, long size) {
        String wanted = name(task, name);
        return get(task, byPath(task, path, false), wanted, value, size);
    }

    @Syscall(nr = 193, name = "fgetxattr")
    public long fgetxattr(Task task, int fd, long name, long value, long size) {
        String wanted = name(task, name);
        FileDescription file = Args.file(task, fd);
        try {
            return get(task, SandboxVfs.of(task).placeOf(file), wanted, value, size);
        } finally {
            file.release();
        }
    }

    @Syscall(nr = 194, name = "listxattr")
    public long listxattr(Task task, long path, long list, long size) {
        return list(task, byPath(task, path, true).inode(), list, size);
    }

    @Syscall(nr = 195, name = "llistxattr")
    public long llistxattr(Task task, long path, long list, long size) {
        return list(task, byPath(task, path, false).inode(), list, size);
    }

    @Syscall(nr = 196, name = "flistxattr")
    public long flistxattr(Task task, int fd, long list, long size) {
        FileDescription file = Args.file(task, fd);
        try {
            return list(task, file.inode(), list, size);
        } finally {
            file.release();
        }
    }

    @Syscall(nr = 197, name = "removexattr")
    public long removexattr(Task task, long path, long name) {
        String wanted = name(task, name);
        return remove(task, byPath(task, path, true), wanted);
    }

    @Syscall(nr = 198, name = "lremovexattr")
    public long lremovexattr(Task task, long path, long name) {
        String wanted = name(task, name);
        return remove(task, byPath(task, path, false), wanted);
    }

    @Syscall(nr = 199, name = "fremovexattr")
    public long fremovexattr(Task task, int fd, long name) {
        String wanted = name(task, name);
        FileDescription file = Args.file(task, fd);
        try {
            return remove(task, SandboxVfs.of(task).placeOf(file), wanted);
        } finally {
            file.release();
        }
    }

    private static Place byPath(Task task, long path, boolean follow) {
        return Args.require(task, At.AT_FDCWD, Args.path(task, path), follow, false);
    }

    static String name(Task task, long userAddr) {
        String name;
        try {
            name = task.user().readString(userAddr, XattrFlags.XATTR_NAME_MAX + 1);
        } catch (ErrnoException e) {
            throw (e.errno() == Errno.ENAMETOOLONG ? Errno.ERANGE : e.errno()).exception();
        }
        if (name.isEmpty()) {
            throw Errno.ERANGE.exception();
        }
        return name;
    }

    /** What a call wants to set: read before the file is looked for, as path_setxattrat() does. */
    record Setting(String name, byte[] value, int flags) {}

    static Setting setting(Task task, long nameAddr, long value, long size, int flags) {
        Args.checkFlags(flags, XattrFlags.XATTR_CREATE | XattrFlags.XATTR_REPLACE);
        String name = name(task, nameAddr);
        if (Long.compareUnsigned(size, XattrFlags.XATTR_SIZE_MAX) > 0) {
            throw Errno.E2BIG.exception();
        }
        return new Setting(name, task.user().copyIn(value, (int) size), flags);
    }

    static long set(Task task, Place place, Setting setting) {
        Names.checkWritable(place);
        FileFlags.checkChange(place.inode());
        Credentials who = place.viewer(task.credentials());
        PosixAcl.Kind list = AclXattrs.kind(setting.name());
        if (list != null) {
            AclXattrs.set(who, place.inode(), list, setting.value());
        } else {
            checkNamespace(who, place.inode(), setting.name(), true);
            boolean capabilities =
                    setting.name().equals(CapabilityXattr.NAME) && setting.value().length > 0;
            byte[] value =
                    capabilities
                            ? CapabilityXattr.stored(who, place, setting.value())
                            : setting.value();
            place.inode().setXattr(setting.name(), value, setting.flags());
        }
        tell(task, place);
        return 0;
    }

    static long remove(Task task, Place place, String name) {
        Names.checkWritable(place);
        FileFlags.checkChange(place.inode());
        Credentials who = place.viewer(task.credentials());
        PosixAcl.Kind list = AclXattrs.kind(name);
        if (list != null) {
            AclXattrs.set(who, place.inode(), list, new byte[0]);
        } else {
            checkNamespace(who, place.inode(), name, true);
            place.inode().removeXattr(name);
        }
        tell(task, place);
        return 0;
    }

    private static void tell(Task task, Place place) {
        SandboxVfs vfs = SandboxVfs.of(task);
        if (vfs.notifier().isActive()) {
            vfs.tell(place, InotifyFlags.IN_ATTRIB);
        }
    }

    static long get(Task task, Place place, String name, long value, long size) {
        byte[] bytes = value(place.viewer(task.credentials()), place, name);
        if (size == 0) {
            return bytes.length;
        }
        if (Long.compareUnsigned(size, bytes.length) < 0) {
            throw Errno.ERANGE.exception();
        }
        task.user().copyOut(value, bytes);
        return bytes.length;
    }

    private static byte[] value(Credentials who, Place place, String name) {
        Inode inode = place.inode();
        PosixAcl.Kind list = AclXattrs.kind(name);
        if (list != null) {
            return AclXattrs.get(who, inode, list);
        }
        checkNamespace(who, inode, name, false);
        byte[] value = inode.getXattr(name);
        return name.equals(CapabilityXattr.NAME) ? CapabilityXattr.shown(who, place, value) : value;
    }

    static long list(Task task, Inode inode, long list, long size) {
        List<String> names = inode.listXattrs();
        boolean trusted = task.credentials().can(Capabilities.CAP_SYS_ADMIN);
        StringBuilder text = new StringBuilder();
        for (String name : names) {
            if (trusted || !name.startsWith(XattrFlags.XATTR_TRUSTED_PREFIX)) {
                text.append(name).append('\0');
            }
        }
        if (size == 0) {
            return text.length();
        }
        if (Long.compareUnsigned(size, text.length()) < 0) {
            throw Errno.ERANGE.exception();
        }
        task.user().copyOut(list, text.toString().getBytes(StandardCharsets.ISO_8859_1));
        return text.length();
    }

    /** Who may touch which name space: xattr_permission(). */
    private static void checkNamespace(Credentials who, Inode inode, String name, boolean write) {
        int wanted = write ? Permissions.MAY_WRITE : Permissions.MAY_READ;
        if (name.startsWith(XattrFlags.XATTR_TRUSTED_PREFIX)) {
            if (!who.can(Capabilities.CAP_SYS_ADMIN)) {
                throw (write ? Errno.EPERM : Errno.ENODATA).exception();
            }
            checkRest(name, XattrFlags.XATTR_TRUSTED_PREFIX);
        } else if (name.startsWith(XattrFlags.XATTR_SECURITY_PREFIX)) {
            if (write && name.equals(CapabilityXattr.NAME)) {
                CapabilityXattr.checkSet(who, inode);
            } else if (write && !who.can(Capabilities.CAP_SYS_ADMIN)) {
                throw Errno.EPERM.exception();
            }
        } else if (name.startsWith(XattrFlags.XATTR_USER_PREFIX)) {
            int mode = inode.mode();
            if (!FileMode.S_ISREG(mode) && !FileMode.S_ISDIR(mode)) {
                throw (write ? Errno.EPERM : Errno.ENODATA).exception();
            }
            boolean sticky = FileMode.S_ISDIR(mode) && (mode & FileMode.S_ISVTX) != 0;
            if (write && sticky && !Permissions.isOwner(who, inode)) {
                throw Errno.EPERM.exception();
            }
            Permissions.check(who, inode, wanted);
            checkRest(name, XattrFlags.XATTR_USER_PREFIX);
        } else if (!name.startsWith(XattrFlags.XATTR_SYSTEM_PREFIX)) {
            Permissions.check(who, inode, wanted);
            throw Errno.EOPNOTSUPP.exception();
        }
    }

    /** A prefix alone is no name: xattr_resolve_name(). */
    private static void checkRest(String name, String prefix) {
        if (name.length() == prefix.length()) {
            throw Errno.EINVAL.exception();
        }
    }
}

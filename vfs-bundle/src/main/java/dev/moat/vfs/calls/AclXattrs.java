package dev.moat.vfs.calls;

import dev.moat.abi.AclXattr;
import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.api.namespace.UserView;
import dev.moat.api.task.Credentials;
import dev.moat.api.vfs.AttributeChange;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.PosixAcl;
import dev.moat.vfs.Permissions;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Access control lists as the two extended attributes that stand for them, fs/posix_acl.c. Ids in
 * an attribute are those of the caller's user namespace, seen through the mount.
 */
final class AclXattrs {
    private AclXattrs() {}

    /** Which list the attribute is; null if it is none. */
    static PosixAcl.@Nullable Kind kind(String name) {
        return switch (name) {
            case AclXattr.POSIX_ACL_ACCESS -> PosixAcl.Kind.ACCESS;
            case AclXattr.POSIX_ACL_DEFAULT -> PosixAcl.Kind.DEFAULT;
            default -> null;
        };
    }

    /** The value of the attribute: ENODATA, EOPNOTSUPP. */
    static byte[] get(Credentials who, Inode inode, PosixAcl.Kind kind) {
        checkHasAcls(inode);
        PosixAcl list = inode.acl(kind);
        if (list.isEmpty()) {
            throw Errno.ENODATA.exception();
        }
        return encode(list, who);
    }

    /** Sets the list; an empty value takes it away: EINVAL, EACCES, EPERM, EOPNOTSUPP. */
    static void set(Credentials who, Inode inode, PosixAcl.Kind kind, byte[] value) {
        PosixAcl list = decode(value, who);
        checkHasAcls(inode);
        boolean directory = FileMode.S_ISDIR(inode.mode());
        if (kind == PosixAcl.Kind.DEFAULT && !directory) {
            if (list.isEmpty()) {
                return;
            }
            throw Errno.EACCES.exception();
        }
        Permissions.checkOwner(who, inode);
        if (!list.isEmpty() && !list.isValid()) {
            throw Errno.EINVAL.exception();
        }
        inode.setAcl(kind, list);
        if (kind == PosixAcl.Kind.ACCESS) {
            dropSetgid(who, inode);
        }
    }

    private static void checkHasAcls(Inode inode) {
        if (!inode.filesystem().hasAcls() || FileMode.S_ISLNK(inode.mode())) {
            throw Errno.EOPNOTSUPP.exception();
        }
    }

    /** As after chmod(2) by somebody outside the group: posix_acl_update_mode(). */
    private static void dropSetgid(Credentials who, Inode inode) {
        int mode = inode.mode();
        if ((mode & FileMode.S_ISGID) != 0
                && !who.isInGroup(inode.gid())
                && !who.canOver(inode.uid(), inode.gid(), Capabilities.CAP_FSETID)) {
            inode.setAttributes(
                    AttributeChange.mode(mode & FileMode.S_IALLUGO & ~FileMode.S_ISGID));
        }
    }

    /** posix_acl_from_xattr(): EINVAL, EOPNOTSUPP for another version. */
    private static PosixAcl decode(byte[] value, Credentials who) {
        if (value.length == 0) {
            return PosixAcl.NONE;
        }
        if (value.length < AclXattr.HEADER_BYTES) {
            throw Errno.EINVAL.exception();
        }
        ByteBuffer bytes = ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN);
        if (bytes.getInt() != AclXattr.POSIX_ACL_XATTR_VERSION) {
            throw Errno.EOPNOTSUPP.exception();
        }
        if (bytes.remaining() % AclXattr.ENTRY_BYTES != 0) {
            throw Errno.EINVAL.exception();
        }
        List<PosixAcl.Entry> entries = new ArrayList<>();
        while (bytes.hasRemaining()) {
            int tag = Short.toUnsignedInt(bytes.getShort());
            int permissions = Short.toUnsignedInt(bytes.getShort());
            entries.add(new PosixAcl.Entry(tag, permissions, stored(who, tag, bytes.getInt())));
        }
        return new PosixAcl(entries);
    }

    private static int stored(Credentials who, int tag, int id) {
        int stored =
                switch (tag) {
                    case AclXattr.ACL_USER -> who.storedUid(id);
                    case AclXattr.ACL_GROUP -> who.storedGid(id);
                    default -> AclXattr.ACL_UNDEFINED_ID;
                };
        boolean named = tag == AclXattr.ACL_USER || tag == AclXattr.ACL_GROUP;
        if (named && stored == UserView.NONE) {
            throw Errno.EINVAL.exception();
        }
        return stored;
    }

    /** posix_acl_to_xattr(); an id without a name in the namespace shows as none. */
    private static byte[] encode(PosixAcl list, Credentials who) {
        ByteBuffer bytes =
                ByteBuffer.allocate(
                                AclXattr.HEADER_BYTES
                                        + AclXattr.ENTRY_BYTES * list.entries().size())
                        .order(ByteOrder.LITTLE_ENDIAN);
        bytes.putInt(AclXattr.POSIX_ACL_XATTR_VERSION);
        for (PosixAcl.Entry entry : list.entries()) {
            bytes.putShort((short) entry.tag()).putShort((short) entry.permissions());
            bytes.putInt(
                    switch (entry.tag()) {
                        case AclXattr.ACL_USER -> who.findUid(entry.id());
                        case AclXattr.ACL_GROUP -> who.findGid(entry.id());
                        default -> AclXattr.ACL_UNDEFINED_ID;
                    });
        }
        return bytes.array();
    }
}

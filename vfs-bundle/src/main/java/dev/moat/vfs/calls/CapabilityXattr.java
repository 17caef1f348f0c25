package dev.moat.vfs.calls;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.api.namespace.UserView;
import dev.moat.api.task.Credentials;
import dev.moat.api.vfs.Inode;
import dev.moat.vfs.Place;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;

/**
 * The attribute of file capabilities, {@code struct vfs_ns_cap_data}. Revision 3 says whose root
 * must run the program; who asks is told, and says, what his user namespace calls that root.
 * Source: security/commoncap.c.
 */
final class CapabilityXattr {
    static final String NAME = "security.capability";

    private static final int BYTES_2 = 20;
    private static final int BYTES_3 = 24;

    private CapabilityXattr() {}

    /**
     * What is stored for a value: cap_convert_nscap().
     *
     * @throws dev.moat.abi.ErrnoException EINVAL: no such value, or no such root; EPERM
     */
    static byte[] stored(Credentials who, Place place, byte[] value) {
        int revision = revision(value);
        checkSet(who, place.inode());
        boolean wide = revision == Capabilities.VFS_CAP_REVISION_3;
        UserView owner = place.mount().owner();
        if (!wide && who.mapped() == null && who.canIn(owner, Capabilities.CAP_SETFCAP)) {
            return value;
        }
        int root = who.storedUid(wide ? root(value) : 0);
        int named = root == UserView.NONE ? UserView.NONE : owner.findUid(root);
        if (named == UserView.NONE) {
            throw Errno.EINVAL.exception();
        }
        return withRoot(value, named);
    }

    /** EPERM for who may not give the file capabilities. */
    static void checkSet(Credentials who, Inode inode) {
        if (!who.canOver(inode.uid(), inode.gid(), Capabilities.CAP_SETFCAP)) {
            throw Errno.EPERM.exception();
        }
    }

    /**
     * What is told of a stored value: cap_inode_getsecurity().
     *
     * @throws dev.moat.abi.ErrnoException EOVERFLOW: they are of a root that means nothing to who
     *     asks; EINVAL
     */
    static byte[] shown(Credentials who, Place place, byte[] value) {
        boolean wide = revision(value) == Capabilities.VFS_CAP_REVISION_3;
        int root = place.mount().owner().meantUid(wide ? root(value) : 0);
        int found = who.findUid(root);
        if (found != UserView.NONE && found != 0) {
            return withRoot(value, found);
        }
        int shown = who.mapped() == null ? root : who.mapped().shownUid(root);
        if (!who.space().isRootHereOrAbove(shown)) {
            throw Errno.EOVERFLOW.exception();
        }
        return withRevision(value, BYTES_2, Capabilities.VFS_CAP_REVISION_2).array();
    }

    private static int revision(byte[] value) {
        if (value.length == BYTES_2 || value.length == BYTES_3) {
            int revision = buffer(value).getInt(0) & Capabilities.VFS_CAP_REVISION_MASK;
            int wanted =
                    value.length == BYTES_2
                            ? Capabilities.VFS_CAP_REVISION_2
                            : Capabilities.VFS_CAP_REVISION_3;
            if (revision == wanted) {
                return revision;
            }
        }
        throw Errno.EINVAL.exception();
    }

    private static int root(byte[] value) {
        return buffer(value).getInt(BYTES_2);
    }

    private static byte[] withRoot(byte[] value, int root) {
        return withRevision(value, BYTES_3, Capabilities.VFS_CAP_REVISION_3)
                .putInt(BYTES_2, root)
                .array();
    }

    private static ByteBuffer withRevision(byte[] value, int bytes, int revision) {
        ByteBuffer out = buffer(Arrays.copyOf(value, bytes));
        return out.putInt(0, revision | out.getInt(0) & Capabilities.VFS_CAP_FLAGS_EFFECTIVE);
    }

    private static ByteBuffer buffer(byte[] value) {
        return ByteBuffer.wrap(value).order(ByteOrder.LITTLE_ENDIAN);
    }
}

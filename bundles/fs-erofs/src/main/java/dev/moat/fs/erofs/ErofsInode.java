package dev.moat.fs.erofs;

import dev.moat.abi.Errno;
import dev.moat.api.swap.Derived;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.AttributeChange;
import dev.moat.api.vfs.Attributes;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.PosixAcl;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What all files of an image have. */
@Stateful
abstract class ErofsInode extends Inode {
    private final ErofsFilesystem filesystem;
    private final Node node;

    @Derived("read when it is asked for")
    private volatile @Nullable ClusterMap clusters;

    @Derived("read when they are asked for")
    private volatile @Nullable Xattrs xattrs;

    ErofsInode(ErofsFilesystem filesystem, Node node) {
        this.filesystem = filesystem;
        this.node = node;
    }

    final ErofsFilesystem mounted() {
        return filesystem;
    }

    final Node node() {
        return node;
    }

    @Override
    public final Filesystem filesystem() {
        return filesystem;
    }

    /** As the place of an inode has it: inode numbers of 32 bits are for old programs. */
    @Override
    public final long number() {
        return node.id();
    }

    @Override
    public final int mode() {
        return node.mode();
    }

    @Override
    public final int uid() {
        return node.uid();
    }

    @Override
    public final int gid() {
        return node.gid();
    }

    @Override
    public final Attributes attributes() {
        int blockBytes = filesystem.superblock().blockBytes();
        long stored =
                node.isCompressed()
                        ? Integer.toUnsignedLong(node.union())
                        : (node.sizeBytes() + blockBytes - 1) / blockBytes;
        long blocks = stored * (blockBytes / 512);
        return new Attributes(
                filesystem.deviceId(),
                number(),
                node.mode(),
                node.links(),
                node.uid(),
                node.gid(),
                deviceNumber(),
                node.sizeBytes(),
                blockBytes,
                blocks,
                node.mtimeNs(),
                node.mtimeNs(),
                node.mtimeNs(),
                Long.MIN_VALUE);
    }

    private long deviceNumber() {
        return dev.moat.abi.FileMode.S_ISCHR(node.mode())
                        || dev.moat.abi.FileMode.S_ISBLK(node.mode())
                ? Integer.toUnsignedLong(node.union())
                : 0;
    }

    @Override
    public final void setAttributes(AttributeChange change) {
        throw Errno.EROFS.exception();
    }

    /** How the file is compressed; EUCLEAN, EOPNOTSUPP. */
    final ClusterMap clusters() {
        ClusterMap known = clusters;
        if (known == null) {
            known = ClusterMap.read(filesystem, node);
            clusters = known;
        }
        return known;
    }

    private Xattrs xattrs() {
        Xattrs known = xattrs;
        if (known == null) {
            known = Xattrs.of(filesystem, node);
            xattrs = known;
        }
        return known;
    }

    @Override
    public final byte[] getXattr(String name) {
        if (name.startsWith(Xattrs.USER) && !filesystem.hasUserXattrs()) {
            throw Errno.EOPNOTSUPP.exception();
        }
        byte[] value = xattrs().values().get(name);
        if (value == null) {
            throw Errno.ENODATA.exception();
        }
        return value.clone();
    }

    @Override
    public final List<String> listXattrs() {
        List<String> names = new ArrayList<>();
        for (PosixAcl.Kind kind : PosixAcl.Kind.values()) {
            if (!acl(kind).isEmpty()) {
                names.add(kind.attribute());
            }
        }
        for (String name : xattrs().values().keySet()) {
            if (!name.startsWith(Xattrs.USER) || filesystem.hasUserXattrs()) {
                names.add(name);
            }
        }
        return names;
    }

    @Override
    public final PosixAcl acl(PosixAcl.Kind kind) {
        if (node.xattrsAt() == 0 || !filesystem.hasAcls()) {
            return PosixAcl.NONE;
        }
        return kind == PosixAcl.Kind.ACCESS ? xattrs().access() : xattrs().inherited();
    }
}

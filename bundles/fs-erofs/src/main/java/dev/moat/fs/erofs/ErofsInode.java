package dev.moat.fs.erofs;

import dev.moat.abi.Errno;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.AttributeChange;
import dev.moat.api.vfs.Attributes;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.Inode;
import java.util.List;

/** What all files of an image have. */
@Stateful
abstract class ErofsInode extends Inode {
    private final ErofsFilesystem filesystem;
    private final Node node;

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
        long blocks = (node.sizeBytes() + blockBytes - 1) / blockBytes * (blockBytes / 512);
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

    @Override
    public final byte[] getXattr(String name) {
        byte[] value = Xattrs.of(filesystem, node).get(name);
        if (value == null) {
            throw Errno.ENODATA.exception();
        }
        return value;
    }

    @Override
    public final List<String> listXattrs() {
        return List.copyOf(Xattrs.of(filesystem, node).keySet());
    }
}

package dev.moat.fs.overlay;

import dev.moat.abi.Errno;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.AttributeChange;
import dev.moat.api.vfs.Attributes;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.PosixAcl;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What directories and other files of an overlay have in common: a real inode that shows, and
 * copying up.
 */
@Stateful
abstract class OverlayInode extends Inode {
    /**
     * Distinguishes numbers of files that began in the upper layer from those of the lower ones.
     */
    private static final long UPPER_BORN = 1L << 48;

    private final OverlayFilesystem overlay;
    private final long number;

    /** Where it was last seen; changed by rename. Null for the root. */
    private volatile @Nullable OverlayDirectory parent;

    private volatile String name;

    /** In the upper layer: set once, at birth or by copying up, under the lock of the directory. */
    private volatile @Nullable Inode upper;

    /** In the topmost lower layer that has it; null if it began in the upper layer. */
    private final @Nullable Inode lower;

    OverlayInode(
            OverlayFilesystem overlay,
            @Nullable OverlayDirectory parent,
            String name,
            @Nullable Inode upper,
            @Nullable Inode lower) {
        this.overlay = overlay;
        this.parent = parent;
        this.name = name;
        this.upper = upper;
        this.lower = lower;
        this.number = lower != null ? lower.number() : real().number() | UPPER_BORN;
    }

    /** d_ino of an entry of the upper layer that has nothing below it. */
    static long upperNumber(long number) {
        return number | UPPER_BORN;
    }

    @Override
    public final Filesystem filesystem() {
        return overlay;
    }

    final OverlayFilesystem overlay() {
        return overlay;
    }

    @Override
    public final long number() {
        return number;
    }

    final @Nullable OverlayDirectory parent() {
        return parent;
    }

    final String name() {
        return name;
    }

    final void moved(OverlayDirectory newParent, String newName) {
        parent = newParent;
        name = newName;
    }

    /** Called before the upper part gets another name; directories leave a mark. */
    void noteMove(OverlayDirectory newParent, String newName) {
        // A file that is no directory hides whatever is below its name.
    }

    final @Nullable Inode upper() {
        return upper;
    }

    final @Nullable Inode lower() {
        return lower;
    }

    /** The inode that shows now. */
    final Inode real() {
        Inode top = upper;
        if (top != null) {
            return top;
        }
        if (lower == null) {
            throw new IllegalStateException("overlay inode without layers");
        }
        return lower;
    }

    /** Notes the copy in the upper layer. */
    void copiedUp(Inode copy) {
        upper = copy;
        overlay.inodes().put(copy, this);
    }

    /** This file in the upper layer, copied up first if need be: EROFS without an upper layer. */
    final Inode writable() {
        Inode top = upper;
        return top != null ? top : CopyUp.of(this, Long.MAX_VALUE);
    }

    @Override
    public final int mode() {
        return real().mode();
    }

    @Override
    public final int uid() {
        return real().uid();
    }

    @Override
    public final int gid() {
        return real().gid();
    }

    @Override
    public Attributes attributes() {
        Attributes real = real().attributes();
        return new Attributes(
                overlay.deviceId(),
                number,
                real.mode(),
                real.links(),
                real.uid(),
                real.gid(),
                real.rdev(),
                real.sizeBytes(),
                real.blockSizeBytes(),
                real.blocks(),
                real.atimeNs(),
                real.mtimeNs(),
                real.ctimeNs(),
                real.btimeNs());
    }

    @Override
    public final void setAttributes(AttributeChange change) {
        writable().setAttributes(change);
    }

    @Override
    public final PosixAcl acl(PosixAcl.Kind kind) {
        return real().acl(kind);
    }

    @Override
    public final void setAcl(PosixAcl.Kind kind, PosixAcl list) {
        if (list.isEmpty() && acl(kind).isEmpty()) {
            return;
        }
        writable().setAcl(kind, list);
    }

    @Override
    public final int fileFlags() {
        return real().fileFlags();
    }

    @Override
    public final int keptFileFlags() {
        return real().keptFileFlags();
    }

    @Override
    public final void setFileFlags(int flags) {
        writable().setFileFlags(flags);
    }

    @Override
    public final byte[] getXattr(String attribute) {
        checkShown(attribute);
        return real().getXattr(attribute);
    }

    @Override
    public final void setXattr(String attribute, byte[] value, int flags) {
        checkShown(attribute);
        writable().setXattr(attribute, value, flags);
    }

    @Override
    public final void removeXattr(String attribute) {
        checkShown(attribute);
        writable().removeXattr(attribute);
    }

    @Override
    public final List<String> listXattrs() {
        return real().listXattrs().stream()
                .filter(attribute -> !attribute.startsWith(OverlayXattrs.PREFIX))
                .toList();
    }

    private static void checkShown(String attribute) {
        if (attribute.startsWith(OverlayXattrs.PREFIX)) {
            throw Errno.EOPNOTSUPP.exception();
        }
    }
}

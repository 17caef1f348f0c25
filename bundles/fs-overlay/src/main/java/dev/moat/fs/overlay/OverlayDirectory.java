package dev.moat.fs.overlay;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.RenameFlags;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.Attributes;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * A directory of an overlay: what the upper layer has, and of the lower layers what it does not
 * hide.
 */
@Stateful
final class OverlayDirectory extends OverlayInode {
    private final RankedLock lock = new RankedLock(LockRank.VFS_DIRECTORY);

    /** Directories of the lower layers that show through, topmost first. */
    private final List<Inode> lowers;

    /** Path of the lower directories from the lower roots, without a leading slash. */
    private final String lowerPath;

    OverlayDirectory(
            OverlayFilesystem overlay,
            @Nullable OverlayDirectory parent,
            String name,
            @Nullable Inode upper,
            List<Inode> lowers,
            String lowerPath) {
        super(overlay, parent, name, upper, lowers.isEmpty() ? null : lowers.getFirst());
        this.lowers = List.copyOf(lowers);
        this.lowerPath = lowerPath;
    }

    RankedLock lock() {
        return lock;
    }

    List<Inode> lowers() {
        return lowers;
    }

    @Override
    public Attributes attributes() {
        Attributes attributes = super.attributes();
        if (upper() == null || lowers.isEmpty()) {
            return attributes;
        }
        // Links of a merged directory cannot be counted cheaply; overlayfs says 1, which find(1)
        // understands.
        return new Attributes(
                attributes.device(),
                attributes.inode(),
                attributes.mode(),
                1,
                attributes.uid(),
                attributes.gid(),
                attributes.rdev(),
                attributes.sizeBytes(),
                attributes.blockSizeBytes(),
                attributes.blocks(),
                attributes.atimeNs(),
                attributes.mtimeNs(),
                attributes.ctimeNs(),
                attributes.btimeNs());
    }

    @Override
    public @Nullable Inode lookup(String name) {
        lock.lock();
        try {
            return lookupLocked(name);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean revalidate(String name, @Nullable Inode child) {
        return !overlay().isVolatile() || lookup(name) == child;
    }

    @Nullable OverlayInode lookupLocked(String name) {
        Inode directory = upper();
        Inode top = directory == null ? null : directory.lookup(name);
        if (Whiteouts.isWhiteout(top)) {
            return null;
        }
        if (top != null && !FileMode.S_ISDIR(top.mode())) {
            return node(name, top, null, top);
        }
        if (top != null) {
            return directory(name, top, lowersOf(name, top));
        }
        List<Inode> found = LowerLayers.find(lowers, name);
        if (found.isEmpty()) {
            return null;
        }
        Inode first = found.getFirst();
        return FileMode.S_ISDIR(first.mode())
                ? directory(name, null, new Below(found, childPath(name)))
                : node(name, null, first, first);
    }

    /** Whether the name of {@code inode} still leads to it, so that a copy belongs there. */
    boolean showsLocked(OverlayInode inode) {
        return lookupLocked(inode.name()) == inode;
    }

    private OverlayInode node(String name, @Nullable Inode top, @Nullable Inode below, Inode real) {
        OverlayInode node =
                overlay()
                        .inodes()
                        .get(real, () -> new OverlayNode(overlay(), this, name, top, below));
        node.moved(this, name);
        return node;
    }

    private OverlayInode directory(String name, @Nullable Inode top, Below below) {
        Inode real = top != null ? top : below.inodes().getFirst();
        OverlayInode directory =
                overlay()
                        .inodes()
                        .get(
                                real,
                                () ->
                                        new OverlayDirectory(
                                                overlay(),
                                                this,
                                                name,
                                                top,
                                                below.inodes(),
                                                below.path()));
        directory.moved(this, name);
        return directory;
    }

    private Below lowersOf(String name, Inode top) {
        if (OverlayXattrs.isOpaque(top)) {
            return new Below(List.of(), "");
        }
        Optional<String> redirect = OverlayXattrs.redirect(top);
        if (redirect.isPresent()) {
            String path = redirect.get();
            return new Below(LowerLayers.walk(overlay().lowerRoots(), path), path);
        }
        List<Inode> found = LowerLayers.find(lowers, name);
        return found.isEmpty() || !FileMode.S_ISDIR(found.getFirst().mode())
                ? new Below(List.of(), "")
                : new Below(found, childPath(name));
    }

    private String childPath(String name) {
        return lowerPath.isEmpty() ? name : lowerPath + "/" + name;
    }

    @Override
    public Inode create(String name, int mode, long rdev, Owner owner) {
        if (FileMode.S_ISCHR(mode) && rdev == 0) {
            // It would be taken for a whiteout.
            throw Errno.EPERM.exception();
        }
        return add(name, top -> top.create(name, mode, rdev, owner));
    }

    @Override
    public Inode createUnnamed(int mode, Owner owner) {
        Inode made = writable().createUnnamed(mode, owner);
        return node(overlay().orphanName(), made, null, made);
    }

    @Override
    public Inode makeSymlink(String name, String target, Owner owner) {
        return add(name, top -> top.makeSymlink(name, target, owner));
    }

    @Override
    public Inode makeDirectory(String name, int mode, Owner owner) {
        return add(
                name,
                top -> {
                    Inode made = top.makeDirectory(name, mode, owner);
                    if (!LowerLayers.find(lowers, name).isEmpty()) {
                        OverlayXattrs.setOpaque(made);
                    }
                    return made;
                });
    }

    @Override
    public void link(String name, Inode target) {
        Inode source = ((OverlayInode) target).writable();
        add(
                name,
                top -> {
                    top.link(name, source);
                    return source;
                });
    }

    /** Makes a new entry in the upper layer, in place of a whiteout if there is one. */
    private Inode add(String name, UnaryOperator<Inode> maker) {
        Inode top = writable();
        lock.lock();
        try {
            if (lookupLocked(name) != null) {
                throw Errno.EEXIST.exception();
            }
            Whiteouts.remove(top, name);
            var _ = maker.apply(top);
            OverlayInode made = lookupLocked(name);
            if (made == null) {
                throw Errno.ENOENT.exception();
            }
            return made;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void unlink(String name) {
        Inode top = writable();
        lock.lock();
        try {
            OverlayInode child = lookupLocked(name);
            if (child == null) {
                throw Errno.ENOENT.exception();
            }
            if (child.upper() != null) {
                top.unlink(name);
            }
            hideLocked(top, name);
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void removeDirectory(String name) {
        Inode top = writable();
        lock.lock();
        try {
            if (!(lookupLocked(name) instanceof OverlayDirectory child)) {
                throw Errno.ENOENT.exception();
            }
            child.removeUpper(top, name);
            hideLocked(top, name);
        } finally {
            lock.unlock();
        }
    }

    /**
     * Removes this directory's upper part from {@code parentTop}; ENOTEMPTY if it shows anything.
     */
    private void removeUpper(Inode parentTop, String name) {
        lock.lock();
        try {
            if (!MergedListing.of(this).isEmpty()) {
                throw Errno.ENOTEMPTY.exception();
            }
            Inode own = upper();
            if (own != null) {
                Whiteouts.removeAll(own);
                parentTop.removeDirectory(name);
            }
        } finally {
            lock.unlock();
        }
    }

    /** Hides what the lower layers have under {@code name}. */
    private void hideLocked(Inode top, String name) {
        if (!LowerLayers.find(lowers, name).isEmpty()) {
            Whiteouts.create(top, name);
        }
    }

    @Override
    public void rename(String name, Inode newParent, String newName, int flags) {
        if ((flags & RenameFlags.RENAME_WHITEOUT) != 0) {
            throw Errno.EINVAL.exception();
        }
        OverlayDirectory target = (OverlayDirectory) newParent;
        OverlayInode source = (OverlayInode) present(lookup(name));
        source.writable();
        if ((flags & RenameFlags.RENAME_EXCHANGE) != 0) {
            ((OverlayInode) present(target.lookup(newName))).writable();
        }
        Inode fromTop = writable();
        Inode toTop = target.writable();
        // The VFS holds the rename lock of this file system: no other rename takes two directories.
        RankedLock second = target == this ? lock : target.lock;
        lock.lock();
        second.lock();
        try {
            if ((flags & RenameFlags.RENAME_EXCHANGE) != 0) {
                exchangeLocked(name, target, newName, fromTop, toTop);
            } else {
                moveLocked(name, target, newName, fromTop, toTop, flags);
            }
        } finally {
            second.unlock();
            lock.unlock();
        }
    }

    private void moveLocked(
            String name,
            OverlayDirectory target,
            String newName,
            Inode fromTop,
            Inode toTop,
            int flags) {
        OverlayInode source = present(lookupLocked(name));
        OverlayInode replaced = target.lookupLocked(newName);
        if (replaced == source) {
            return;
        }
        if (replaced != null) {
            if ((flags & RenameFlags.RENAME_NOREPLACE) != 0) {
                throw Errno.EEXIST.exception();
            }
            target.makeRoomLocked(source, replaced, toTop, newName);
        }
        Whiteouts.remove(toTop, newName);
        source.noteMove(target, newName);
        fromTop.rename(name, toTop, newName, 0);
        source.moved(target, newName);
        hideLocked(fromTop, name);
    }

    /** Checks the types of a replacing rename and removes a directory that is replaced. */
    private void makeRoomLocked(
            OverlayInode source, OverlayInode replaced, Inode top, String newName) {
        boolean sourceIsDirectory = source instanceof OverlayDirectory;
        if (replaced instanceof OverlayDirectory directory) {
            if (!sourceIsDirectory) {
                throw Errno.EISDIR.exception();
            }
            directory.removeUpper(top, newName);
        } else if (sourceIsDirectory) {
            throw Errno.ENOTDIR.exception();
        }
    }

    private void exchangeLocked(
            String name, OverlayDirectory target, String newName, Inode fromTop, Inode toTop) {
        OverlayInode first = present(lookupLocked(name));
        OverlayInode second = present(target.lookupLocked(newName));
        first.noteMove(target, newName);
        second.noteMove(this, name);
        fromTop.rename(name, toTop, newName, RenameFlags.RENAME_EXCHANGE);
        first.moved(target, newName);
        second.moved(this, name);
    }

    /**
     * Marks the upper part before it moves to another name, so that the right lower directories
     * show there.
     */
    @Override
    void noteMove(OverlayDirectory newParent, String newName) {
        Inode own = writable();
        if (!lowers.isEmpty()) {
            OverlayXattrs.setRedirect(own, lowerPath);
        } else if (!LowerLayers.find(newParent.lowers, newName).isEmpty()) {
            OverlayXattrs.setOpaque(own);
        }
    }

    private static <T> T present(@Nullable T inode) {
        if (inode == null) {
            throw Errno.ENOENT.exception();
        }
        return inode;
    }

    @Override
    public FileDescription open(Task task, int flags) {
        return new OverlayDirectoryStream(this, flags);
    }

    @Override
    public void listEntries(FileDescription.DirectorySink sink) {
        for (MergedListing.Entry entry : MergedListing.of(this)) {
            if (!sink.entry(entry.name(), entry.inode(), entry.type(), 0)) {
                return;
            }
        }
    }

    /** What shows below a directory: inodes, topmost first, and their path from the lower roots. */
    private record Below(List<Inode> inodes, String path) {}
}

package dev.moat.fs.overlay;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.FileMode;
import dev.moat.abi.XattrFlags;
import dev.moat.api.mm.KernelBuffer;
import dev.moat.api.vfs.AttributeChange;
import dev.moat.api.vfs.Attributes;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.PosixAcl;
import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;

/** Brings a file of a lower layer into the upper one before its first change, with all it has. */
final class CopyUp {
    private static final int CHUNK_BYTES = 256 << 10;

    private CopyUp() {}

    /**
     * The file in the upper layer; nothing is done if it is there. Parents come first.
     *
     * @param maxBytes how much content the caller needs; the rest is about to be cut off (truncate)
     * @throws ErrnoException EROFS without an upper layer; ENOSPC, ENOMEM
     */
    static Inode of(OverlayInode inode, long maxBytes) {
        OverlayDirectory parent = inode.parent();
        if (parent == null) {
            return rootOf(inode);
        }
        Inode upperParent = parent.writable();
        parent.lock().lock();
        try {
            Inode present = inode.upper();
            if (present != null) {
                return present;
            }
            boolean named = parent.showsLocked(inode);
            String name = named ? inode.name() : inode.overlay().orphanName();
            Inode copy = copy(inode, upperParent, name, maxBytes);
            inode.copiedUp(copy);
            if (!named) {
                remove(upperParent, name, copy);
            }
            return copy;
        } finally {
            parent.lock().unlock();
        }
    }

    private static Inode rootOf(OverlayInode inode) {
        @Nullable Inode upper = inode.upper();
        if (upper == null) {
            throw Errno.EROFS.exception();
        }
        return upper;
    }

    private static Inode copy(OverlayInode inode, Inode upperParent, String name, long maxBytes) {
        Inode source = inode.real();
        Attributes attributes = source.attributes();
        Inode copy = create(source, attributes, upperParent, name);
        try {
            if (FileMode.S_ISREG(attributes.mode())) {
                copyContent(source, copy, Math.min(attributes.sizeBytes(), maxBytes));
            }
            copyAcls(source, copy);
            for (String attribute : source.listXattrs()) {
                if (!attribute.startsWith(OverlayXattrs.PREFIX)
                        && !attribute.startsWith(XattrFlags.XATTR_SYSTEM_PREFIX)) {
                    copy.setXattr(attribute, source.getXattr(attribute), 0);
                }
            }
        } catch (ErrnoException e) {
            remove(upperParent, name, copy);
            throw e;
        }
        copy.setAttributes(
                new AttributeChange(
                        OptionalInt.empty(),
                        OptionalInt.empty(),
                        OptionalInt.empty(),
                        OptionalLong.of(attributes.atimeNs()),
                        OptionalLong.of(attributes.mtimeNs())));
        return copy;
    }

    /** The copy has what the file had, and nothing of what its directory gives to new files. */
    private static void copyAcls(Inode source, Inode copy) {
        for (PosixAcl.Kind kind : PosixAcl.Kind.values()) {
            PosixAcl list = source.acl(kind);
            if (copy.filesystem().hasAcls() && !list.equals(copy.acl(kind))) {
                copy.setAcl(kind, list);
            }
        }
        if (copy.mode() != source.mode() && !FileMode.S_ISLNK(copy.mode())) {
            copy.setAttributes(AttributeChange.mode(source.mode() & FileMode.S_IALLUGO));
        }
    }

    private static void remove(Inode upperParent, String name, Inode copy) {
        if (FileMode.S_ISDIR(copy.mode())) {
            upperParent.removeDirectory(name);
        } else {
            upperParent.unlink(name);
        }
    }

    private static Inode create(
            Inode source, Attributes attributes, Inode upperParent, String name) {
        Inode.Owner owner = new Inode.Owner(attributes.uid(), attributes.gid());
        int mode = attributes.mode();
        return switch (mode & FileMode.S_IFMT) {
            case FileMode.S_IFDIR ->
                    upperParent.makeDirectory(name, mode & ~FileMode.S_IFMT, owner);
            case FileMode.S_IFLNK ->
                    upperParent.makeSymlink(name, source.readSymlinkContent(), owner);
            default -> upperParent.create(name, mode, attributes.rdev(), owner);
        };
    }

    private static void copyContent(Inode source, Inode copy, long sizeBytes) {
        if (sizeBytes == 0) {
            return;
        }
        MemorySegment chunk =
                MemorySegment.ofArray(new byte[(int) Math.min(sizeBytes, CHUNK_BYTES)]);
        long offset = 0;
        while (offset < sizeBytes) {
            KernelBuffer in =
                    new KernelBuffer(
                            chunk.asSlice(0, Math.min(chunk.byteSize(), sizeBytes - offset)));
            long count = source.readContent(offset, in);
            if (count <= 0) {
                break;
            }
            writeAll(copy, offset, chunk.asSlice(0, count));
            offset += count;
        }
        copy.truncate(sizeBytes);
    }

    private static void writeAll(Inode copy, long offset, MemorySegment chunk) {
        KernelBuffer out = new KernelBuffer(chunk);
        while (out.remaining() > 0) {
            if (copy.writeContent(offset + out.transferred(), out) <= 0) {
                throw Errno.ENOSPC.exception();
            }
        }
    }
}

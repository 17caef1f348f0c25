package dev.moat.fs.overlay;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.RenameFlags;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.AttributeChange;
import dev.moat.api.vfs.Attributes;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.Inode;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/**
 * A file of a test layer. Strict: it refuses what Linux refuses, so that the overlay cannot be
 * sloppy.
 */
final class LayerInode extends Inode {
    private final LayerFilesystem filesystem;
    private final long number;
    private final Map<String, LayerInode> entries = new TreeMap<>();
    private final Map<String, byte[]> xattrs = new HashMap<>();
    private int mode;
    private Owner owner;
    private long rdev;
    private long mtimeNs = 1;
    private byte[] content = {};
    private String target = "";

    LayerInode(LayerFilesystem filesystem, int mode, Owner owner) {
        this.filesystem = filesystem;
        this.number = filesystem.nextNumber();
        this.mode = mode;
        this.owner = owner;
    }

    /** Shorthand for set-up: makes directories and a file with content. */
    LayerInode put(String path, String text) {
        LayerInode at = this;
        String[] names = path.split("/");
        for (int i = 0; i < names.length - 1; i++) {
            LayerInode next = at.entries.get(names[i]);
            at = next != null ? next : (LayerInode) at.makeDirectory(names[i], 0755, owner);
        }
        LayerInode file = (LayerInode) at.create(names[names.length - 1], 0100644, 0, owner);
        file.content = text.getBytes();
        return file;
    }

    String text() {
        return new String(content);
    }

    @Override
    public Filesystem filesystem() {
        return filesystem;
    }

    @Override
    public long number() {
        return number;
    }

    @Override
    public int mode() {
        return mode;
    }

    @Override
    public int uid() {
        return owner.uid();
    }

    @Override
    public int gid() {
        return owner.gid();
    }

    @Override
    public Attributes attributes() {
        return new Attributes(
                7,
                number,
                mode,
                1,
                uid(),
                gid(),
                rdev,
                content.length,
                4096,
                0,
                mtimeNs,
                mtimeNs,
                1,
                1);
    }

    @Override
    public void setAttributes(AttributeChange change) {
        change.permissions().ifPresent(bits -> mode = mode & FileMode.S_IFMT | bits);
        owner = new Owner(change.uid().orElse(uid()), change.gid().orElse(gid()));
        change.mtimeNs().ifPresent(time -> mtimeNs = time);
    }

    @Override
    public Inode lookup(String name) {
        return entries.get(name);
    }

    @Override
    public Inode create(String name, int newMode, long newRdev, Owner newOwner) {
        LayerInode made = add(name, newMode, newOwner);
        made.rdev = newRdev;
        return made;
    }

    @Override
    public Inode makeDirectory(String name, int permissions, Owner newOwner) {
        return add(name, FileMode.S_IFDIR | permissions, newOwner);
    }

    @Override
    public Inode makeSymlink(String name, String to, Owner newOwner) {
        LayerInode made = add(name, FileMode.S_IFLNK | 0777, newOwner);
        made.target = to;
        return made;
    }

    private LayerInode add(String name, int newMode, Owner newOwner) {
        LayerInode made = new LayerInode(filesystem, newMode, newOwner);
        if (entries.putIfAbsent(name, made) != null) {
            throw Errno.EEXIST.exception();
        }
        return made;
    }

    @Override
    public void link(String name, Inode inode) {
        if (entries.putIfAbsent(name, (LayerInode) inode) != null) {
            throw Errno.EEXIST.exception();
        }
    }

    @Override
    public void unlink(String name) {
        LayerInode gone = entries.get(name);
        if (gone == null) {
            throw Errno.ENOENT.exception();
        }
        if (FileMode.S_ISDIR(gone.mode)) {
            throw Errno.EISDIR.exception();
        }
        entries.remove(name);
    }

    @Override
    public void removeDirectory(String name) {
        LayerInode gone = entries.get(name);
        if (gone == null) {
            throw Errno.ENOENT.exception();
        }
        if (!gone.entries.isEmpty()) {
            throw Errno.ENOTEMPTY.exception();
        }
        entries.remove(name);
    }

    @Override
    public void rename(String name, Inode newParent, String newName, int flags) {
        LayerInode parent = (LayerInode) newParent;
        LayerInode moved = entries.get(name);
        LayerInode replaced = parent.entries.get(newName);
        if (moved == null) {
            throw Errno.ENOENT.exception();
        }
        if (flags == RenameFlags.RENAME_EXCHANGE) {
            entries.put(name, replaced);
            parent.entries.put(newName, moved);
            return;
        }
        if (replaced != null && FileMode.S_ISDIR(moved.mode) != FileMode.S_ISDIR(replaced.mode)) {
            throw (FileMode.S_ISDIR(moved.mode) ? Errno.ENOTDIR : Errno.EISDIR).exception();
        }
        if (replaced != null && !replaced.entries.isEmpty()) {
            throw Errno.ENOTEMPTY.exception();
        }
        entries.remove(name);
        parent.entries.put(newName, moved);
    }

    @Override
    public void truncate(long sizeBytes) {
        content = Arrays.copyOf(content, (int) sizeBytes);
    }

    @Override
    public long readContent(long offset, IoBuffer buffer) {
        return offset >= content.length
                ? 0
                : buffer.put(MemorySegment.ofArray(content), offset, content.length - offset);
    }

    @Override
    public long writeContent(long offset, IoBuffer buffer) {
        long end = offset + buffer.remaining();
        if (end > content.length) {
            content = Arrays.copyOf(content, (int) end);
        }
        return buffer.get(MemorySegment.ofArray(content), offset, buffer.remaining());
    }

    @Override
    public String readSymlinkContent() {
        return target;
    }

    @Override
    public void listEntries(FileDescription.DirectorySink sink) {
        long next = 1;
        for (Map.Entry<String, LayerInode> entry : entries.entrySet()) {
            LayerInode inode = entry.getValue();
            if (!sink.entry(entry.getKey(), inode.number, inode.mode >>> 12, next++)) {
                return;
            }
        }
    }

    @Override
    public byte[] getXattr(String name) {
        byte[] value = xattrs.get(name);
        if (value == null) {
            throw Errno.ENODATA.exception();
        }
        return value;
    }

    @Override
    public void setXattr(String name, byte[] value, int flags) {
        xattrs.put(name, value);
    }

    @Override
    public List<String> listXattrs() {
        return new ArrayList<>(xattrs.keySet());
    }

    @Override
    public FileDescription open(Task task, int flags) {
        throw Errno.EOPNOTSUPP.exception();
    }
}

package dev.moat.fs.sys;

import dev.moat.abi.FileMode;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.ListedDirectory;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A directory; filled before anybody sees what is in it. */
@Stateful
class SysDirectory extends SysInode implements ListedDirectory {
    private final SysDirectory parent;
    private final Map<String, SysInode> entries = new LinkedHashMap<>();
    private int directories;

    /** The root. */
    SysDirectory(SysFilesystem filesystem) {
        super(filesystem, FileMode.S_IFDIR | 0555);
        this.parent = this;
    }

    SysDirectory(SysDirectory parent) {
        super(parent.filesystem(), FileMode.S_IFDIR | 0755);
        this.parent = parent;
    }

    /** The directory at a relative path, made where it is missing. */
    SysDirectory directory(String path) {
        SysDirectory at = this;
        for (String name : path.split("/")) {
            at = at.child(name);
        }
        return at;
    }

    private SysDirectory child(String name) {
        if (entries.get(name) instanceof SysDirectory present) {
            return present;
        }
        SysDirectory made = new SysDirectory(this);
        entries.put(name, made);
        directories++;
        return made;
    }

    /** Adds a file whose text is the same for ever; the newline is added. */
    SysDirectory file(String name, String text) {
        return file(name, new SysValue.Fixed(text + "\n"));
    }

    /** Adds a file whose text is asked for at each reading. */
    SysDirectory file(String name, SysValue value) {
        entries.put(name, new SysFile(filesystem(), value));
        return this;
    }

    /** Adds a directory that was made for this one. */
    SysDirectory add(String name, SysDirectory made) {
        entries.put(name, made);
        directories++;
        return this;
    }

    SysDirectory link(String name, String target) {
        entries.put(name, new SysLink(filesystem(), target));
        return this;
    }

    @Override
    int links() {
        return 2 + directories;
    }

    @Override
    long sizeBytes() {
        return 0;
    }

    @Override
    public @Nullable Inode lookup(String name) {
        return entries.get(name);
    }

    @Override
    public FileDescription open(Task task, int flags) {
        return new SysDirectoryStream(this, flags);
    }

    @Override
    public long list(long from, FileDescription.DirectorySink sink) {
        long at = ListedDirectory.listDots(from, number(), parent.number(), sink);
        if (at < BEHIND_DOTS) {
            return at;
        }
        long index = BEHIND_DOTS;
        for (Map.Entry<String, SysInode> entry : entries.entrySet()) {
            if (index++ < at) {
                continue;
            }
            SysInode inode = entry.getValue();
            int type = FileMode.directoryEntryType(inode.mode());
            if (!sink.entry(entry.getKey(), inode.number(), type, at + 1)) {
                break;
            }
            at++;
        }
        return at;
    }
}

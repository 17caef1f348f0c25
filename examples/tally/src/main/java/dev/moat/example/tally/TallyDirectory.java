package dev.moat.example.tally;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.ListedDirectory;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The root, which holds all files. */
@Stateful
final class TallyDirectory extends TallyInode implements ListedDirectory {
    private final RankedLock lock = new RankedLock(LockRank.VFS_DIRECTORY);

    /** Guarded by lock. */
    private final Map<String, TallyFile> files = new TreeMap<>();

    TallyDirectory(TallyFilesystem filesystem) {
        super(filesystem, FileMode.S_IFDIR | 0777, new Owner(0, 0));
    }

    @Override
    public @Nullable Inode lookup(String name) {
        lock.lock();
        try {
            return files.get(name);
        } finally {
            lock.unlock();
        }
    }

    /** Regular files only: EPERM for others. */
    @Override
    public Inode create(String name, int mode, long rdev, Owner owner) {
        if ((mode & FileMode.S_IFMT) != FileMode.S_IFREG) {
            throw Errno.EPERM.exception();
        }
        lock.lock();
        try {
            if (files.containsKey(name)) {
                throw Errno.EEXIST.exception();
            }
            TallyFile file = new TallyFile(filesystem(), mode, owner);
            files.put(name, file);
            return file;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void unlink(String name) {
        lock.lock();
        try {
            if (files.remove(name) == null) {
                throw Errno.ENOENT.exception();
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public FileDescription open(Task task, int flags) {
        return new TallyDirectoryStream(this, flags);
    }

    @Override
    public long list(long from, FileDescription.DirectorySink sink) {
        List<Map.Entry<String, TallyFile>> entries;
        lock.lock();
        try {
            entries = new ArrayList<>(files.entrySet());
        } finally {
            lock.unlock();
        }
        long at = ListedDirectory.listDots(from, number(), number(), sink);
        for (long index = at - BEHIND_DOTS; index >= 0 && index < entries.size(); index++) {
            var entry = entries.get((int) index);
            if (!sink.entry(entry.getKey(), entry.getValue().number(), FileMode.DT_REG, at + 1)) {
                break;
            }
            at++;
        }
        return at;
    }
}

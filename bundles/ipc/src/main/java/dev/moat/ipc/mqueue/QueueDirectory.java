package dev.moat.ipc.mqueue;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.MqAttr;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.FileDescription.DirectorySink;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.ListedDirectory;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The root: all queues by name. Anybody may make some, and remove his own. */
@Stateful
public final class QueueDirectory extends QueueNode implements ListedDirectory {
    private static final long ROOT_NUMBER = 1;

    /** DIRENT_SIZE, ipc/mqueue.c. */
    private static final long BYTES_OF_ENTRY = 20;

    private final RankedLock names = new RankedLock(LockRank.VFS_DIRECTORY);

    /** Guarded by the lock. */
    private final TreeMap<String, QueueInode> queues = new TreeMap<>();

    QueueDirectory(QueueFilesystem filesystem) {
        super(filesystem, ROOT_NUMBER, FileMode.S_IFDIR | FileMode.S_ISVTX | 0777, new Owner(0, 0));
    }

    @Override
    long links() {
        return 2;
    }

    @Override
    long sizeBytes() {
        names.lock();
        try {
            return queues.size() * BYTES_OF_ENTRY;
        } finally {
            names.unlock();
        }
    }

    @Override
    public @Nullable QueueInode lookup(String name) {
        names.lock();
        try {
            return queues.get(name);
        } finally {
            names.unlock();
        }
    }

    @Override
    public boolean revalidate(String name, @Nullable Inode child) {
        return lookup(name) == child;
    }

    /** By open(2) in a mount: a queue with default attributes. */
    @Override
    public Inode create(String name, int mode, long rdev, Owner owner) {
        if (!FileMode.S_ISREG(mode)) {
            throw Errno.EPERM.exception();
        }
        if (queues().hasEnded()) {
            // mqueue_create_attr(), ipc/mqueue.c
            throw Errno.EACCES.exception();
        }
        return add(name, mode, owner, queues().limits().defaults(), Long.MAX_VALUE, false);
    }

    /** By mq_open(3). */
    Inode create(Task task, String name, int mode, MqAttr attributes) {
        Owner owner = new Owner(task.credentials().fsUid(), task.credentials().fsGid());
        return add(
                name,
                mode & ~task.fs().umask(),
                owner,
                attributes,
                QueueLimits.limitOf(task),
                task.credentials().can(Capabilities.CAP_SYS_RESOURCE));
    }

    private QueueInode add(
            String name,
            int mode,
            Owner owner,
            MqAttr attributes,
            long limitBytes,
            boolean privileged) {
        QueueInode made;
        names.lock();
        try {
            if (queues.containsKey(name)) {
                throw Errno.EEXIST.exception();
            }
            queues().limits().reserve(owner.uid(), attributes, limitBytes, privileged);
            made = new QueueInode(queues(), mode, owner, attributes);
            queues.put(name, made);
        } finally {
            names.unlock();
        }
        touch();
        return made;
    }

    @Override
    public void unlink(String name) {
        QueueInode gone;
        names.lock();
        try {
            gone = queues.remove(name);
        } finally {
            names.unlock();
        }
        if (gone == null) {
            throw Errno.ENOENT.exception();
        }
        touch();
        gone.unlinked();
    }

    void unlinkAll() {
        for (Entry entry : collectEntries()) {
            unlink(entry.name());
        }
    }

    @Override
    public FileDescription open(Task task, int flags) {
        return new QueueListing(this, flags);
    }

    /** The name of a queue now; empty if it has none. */
    String nameOf(QueueInode queue) {
        names.lock();
        try {
            return queues.entrySet().stream()
                    .filter(entry -> entry.getValue() == queue)
                    .map(entry -> entry.getKey())
                    .findFirst()
                    .orElse("");
        } finally {
            names.unlock();
        }
    }

    /** Names and numbers now, in order. */
    List<Entry> collectEntries() {
        names.lock();
        try {
            List<Entry> entries = new ArrayList<>(queues.size());
            queues.forEach((name, queue) -> entries.add(new Entry(name, queue.number())));
            return entries;
        } finally {
            names.unlock();
        }
    }

    /**
     * A position behind "." and ".." is the inode number of the queue before it: numbers rise, and
     * are never used again.
     */
    @Override
    public long list(long from, DirectorySink sink) {
        long at = ListedDirectory.listDots(from, number(), number(), sink);
        if (at < BEHIND_DOTS) {
            return at;
        }
        List<Entry> entries = collectEntries();
        entries.sort(Comparator.comparingLong(Entry::number));
        for (Entry entry : entries) {
            long behind = BEHIND_DOTS + entry.number();
            if (behind > at) {
                if (!sink.entry(entry.name(), entry.number(), FileMode.DT_REG, behind)) {
                    return at;
                }
                at = behind;
            }
        }
        return at;
    }

    @Override
    public void listEntries(DirectorySink sink) {
        long at = 0;
        for (Entry entry : collectEntries()) {
            if (!sink.entry(entry.name(), entry.number(), FileMode.DT_REG, ++at)) {
                return;
            }
        }
    }

    record Entry(String name, long number) {}
}

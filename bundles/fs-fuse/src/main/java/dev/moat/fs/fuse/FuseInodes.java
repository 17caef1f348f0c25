package dev.moat.fs.fuse;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.Fuse;
import dev.moat.api.swap.Derived;
import dev.moat.api.swap.Restorable;
import dev.moat.api.swap.Stateful;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/**
 * The nodes that somebody refers to, by the server's numbers. One that nobody holds any more is
 * forgotten: the server is told with the next lookup. Lock free.
 */
@Stateful
final class FuseInodes implements Restorable {
    private final FuseFilesystem filesystem;

    @Derived("from what is kept")
    private ConcurrentHashMap<Long, Entry> entries = new ConcurrentHashMap<>();

    /** Whose numbers others have now; they may still be open. */
    @Derived("their inodes end without notice")
    private Set<Entry> replacedOnes = ConcurrentHashMap.newKeySet();

    @Derived("a new one")
    private ReferenceQueue<FuseInode> collected = new ReferenceQueue<>();

    /** Those that live, while they are carried over. */
    private List<FuseInode> kept = List.of();

    FuseInodes(FuseFilesystem filesystem) {
        this.filesystem = filesystem;
    }

    FuseInode root(int mode) {
        FuseAttributes attributes = FuseAttributes.ofRoot(mode, filesystem.options());
        FuseInode root = create(new FuseEntry(Fuse.FUSE_ROOT_ID, 0, 0), attributes);
        put(root);
        return root;
    }

    /**
     * The node that a server has named in an answer, counted as looked up: fuse_iget().
     *
     * @throws dev.moat.abi.ErrnoException EIO: the server names what cannot be there
     */
    FuseInode found(FuseEntry entry, Answer answer) {
        purge();
        FuseAttributes attributes;
        try {
            attributes = FuseEntry.attributes(answer, filesystem);
            if (entry.node() == Fuse.FUSE_ROOT_ID) {
                throw Errno.EIO.exception();
            }
        } catch (dev.moat.abi.ErrnoException e) {
            filesystem.connection().forget(entry.node(), 1);
            throw e;
        }
        Entry known = entries.get(entry.node());
        FuseInode inode = known == null ? null : known.get();
        if (inode == null || !inode.isSame(entry, attributes)) {
            inode = create(entry, attributes);
            put(inode);
        }
        inode.lookups().incrementAndGet();
        inode.learn(attributes, answer.version());
        return inode;
    }

    private void put(FuseInode inode) {
        Entry replaced = entries.put(inode.node(), new Entry(inode, collected));
        if (replaced != null) {
            // Its number is that of another file now; what it was counted for still counts.
            filesystem.connection().forget(replaced.node, replaced.lookups.getAndSet(0));
            replacedOnes.add(replaced);
        }
    }

    private FuseInode create(FuseEntry entry, FuseAttributes attributes) {
        return switch (attributes.mode() & FileMode.S_IFMT) {
            case FileMode.S_IFDIR -> new FuseDirectory(filesystem, entry, attributes);
            case FileMode.S_IFREG -> new FuseRegular(filesystem, entry, attributes);
            default -> new FuseSpecial(filesystem, entry, attributes);
        };
    }

    @Nullable FuseInode find(long node) {
        Entry entry = entries.get(node);
        return entry == null ? null : entry.get();
    }

    /** A node that somebody refers to: ENOENT. */
    FuseInode requireKnown(long node) {
        FuseInode inode = find(node);
        if (inode == null) {
            throw Errno.ENOENT.exception();
        }
        return inode;
    }

    private void purge() {
        for (Object gone = collected.poll(); gone != null; gone = collected.poll()) {
            Entry entry = (Entry) gone;
            entries.remove(entry.node, entry);
            replacedOnes.remove(entry);
            entry.end(filesystem.connection());
        }
    }

    /** The regular files that somebody refers to. */
    List<FuseRegular> collectFiles() {
        List<FuseRegular> files = new ArrayList<>();
        for (Entry entry : entries.values()) {
            if (entry.get() instanceof FuseRegular file) {
                files.add(file);
            }
        }
        return files;
    }

    /** What is cached of files goes; for good. */
    void close() {
        for (Entry entry : entries.values()) {
            if (entry.cache != null) {
                entry.cache.close();
            }
        }
    }

    @Override
    public void saving() {
        List<FuseInode> living = new ArrayList<>();
        for (Entry entry : entries.values()) {
            FuseInode inode = entry.get();
            if (inode != null) {
                living.add(inode);
            } else {
                entry.end(filesystem.connection());
            }
        }
        kept = living;
    }

    @Override
    public void restored() {
        collected = new ReferenceQueue<>();
        replacedOnes = ConcurrentHashMap.newKeySet();
        entries = new ConcurrentHashMap<>();
        for (FuseInode inode : kept) {
            entries.put(inode.node(), new Entry(inode, collected));
        }
        kept = List.of();
    }

    private static final class Entry extends WeakReference<FuseInode> {
        private final long node;

        /** Of the inode, which it outlives. */
        private final AtomicLong lookups;

        private final @Nullable FuseCache cache;

        Entry(FuseInode inode, ReferenceQueue<FuseInode> queue) {
            super(inode, queue);
            this.node = inode.node();
            this.lookups = inode.lookups();
            this.cache = inode instanceof FuseRegular file ? file.cache() : null;
        }

        /** Nobody refers to the inode any more. */
        void end(FuseConnection connection) {
            connection.forget(node, lookups.getAndSet(0));
            if (cache != null) {
                cache.close();
            }
        }
    }
}

package dev.moat.fs.host;

import dev.moat.abi.FileMode;
import dev.moat.api.host.HostStat;
import dev.moat.api.swap.Derived;
import dev.moat.api.swap.Restorable;
import dev.moat.api.swap.Stateful;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * The inodes in use, by host identity: two names of one file, or one name looked up twice, give one
 * object. Entries vanish when nobody holds the inode. Lock free.
 */
@Stateful
final class InodeTable implements Restorable {
    private final HostFilesystem filesystem;

    @Derived("from what is kept")
    private ConcurrentHashMap<Key, Entry> entries = new ConcurrentHashMap<>();

    @Derived("a new one")
    private ReferenceQueue<HostInode> collected = new ReferenceQueue<>();

    /** The entries that live, while they are carried over. */
    private List<HostInode> kept = List.of();

    InodeTable(HostFilesystem filesystem) {
        this.filesystem = filesystem;
    }

    /**
     * The inode that {@code stat} describes, known (now) as {@code name} in {@code parent}, whose
     * names do not change meanwhile: the caller holds its lock.
     */
    HostInode inode(@Nullable HostDirectory parent, String name, HostStat stat) {
        purge();
        Key key = new Key(stat.device, stat.inode);
        while (true) {
            Entry entry = entries.get(key);
            HostInode known = entry == null ? null : entry.get();
            if (known != null && known.isSame(stat) && known.isSameType(stat.mode)) {
                known.learn(stat);
                if (parent != null) {
                    // The name it had may be gone, on the host's side too.
                    known.moved(parent, name);
                }
                return known;
            }
            HostInode fresh = create(parent, name, stat);
            Entry replacement = new Entry(key, fresh, collected);
            boolean stored =
                    entry == null
                            ? entries.putIfAbsent(key, replacement) == null
                            : entries.replace(key, entry, replacement);
            if (stored) {
                return fresh;
            }
        }
    }

    private HostInode create(@Nullable HostDirectory parent, String name, HostStat stat) {
        return switch (stat.mode & FileMode.S_IFMT) {
            case FileMode.S_IFDIR -> new HostDirectory(filesystem, parent, name, stat);
            case FileMode.S_IFREG -> new HostRegular(filesystem, parent, name, stat);
            default -> new HostSpecial(filesystem, parent, name, stat);
        };
    }

    @Override
    public void saving() {
        List<HostInode> living = new ArrayList<>();
        entries.values()
                .forEach(entry -> {
                    HostInode inode = entry.get();
                    if (inode != null) {
                        living.add(inode);
                    }
                });
        kept = living;
    }

    @Override
    public void restored() {
        collected = new ReferenceQueue<>();
        entries = new ConcurrentHashMap<>();
        for (HostInode inode : kept) {
            Key key = new Key(inode.device(), inode.hostNumber());
            entries.put(key, new Entry(key, inode, collected));
        }
        kept = List.of();
    }

    private void purge() {
        for (Object gone = collected.poll(); gone != null; gone = collected.poll()) {
            Entry entry = (Entry) gone;
            entries.remove(entry.key, entry);
        }
    }

    private record Key(long device, long inode) {}

    private static final class Entry extends WeakReference<HostInode> {
        private final Key key;

        Entry(Key key, HostInode inode, ReferenceQueue<HostInode> queue) {
            super(inode, queue);
            this.key = key;
        }
    }
}

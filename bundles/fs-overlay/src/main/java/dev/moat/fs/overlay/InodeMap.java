package dev.moat.fs.overlay;

import dev.moat.api.swap.Derived;
import dev.moat.api.swap.Restorable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.Inode;
import java.lang.ref.ReferenceQueue;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/** Overlay inodes in use by the real inode they show, so that one file is one object. Lock free. */
@Stateful
final class InodeMap implements Restorable {
    @Derived("from what is kept")
    private ConcurrentHashMap<Key, Entry> entries = new ConcurrentHashMap<>();

    @Derived("a new one")
    private ReferenceQueue<OverlayInode> collected = new ReferenceQueue<>();

    /** The entries that live, while they are carried over. */
    private List<Kept> kept = List.of();

    private record Kept(Key key, OverlayInode inode) {}

    /** The overlay inode of {@code real}, made by {@code maker} if there is none. */
    OverlayInode get(Inode real, Supplier<OverlayInode> maker) {
        purge();
        Key key = new Key(real);
        while (true) {
            Entry entry = entries.get(key);
            OverlayInode known = entry == null ? null : entry.get();
            if (known != null) {
                return known;
            }
            OverlayInode fresh = maker.get();
            if (store(key, entry, fresh)) {
                return fresh;
            }
        }
    }

    /** Says that {@code overlay} shows {@code real} from now on (it was copied up). */
    void put(Inode real, OverlayInode overlay) {
        Key key = new Key(real);
        entries.put(key, new Entry(key, overlay, collected));
    }

    private boolean store(Key key, @Nullable Entry old, OverlayInode fresh) {
        Entry entry = new Entry(key, fresh, collected);
        return old == null
                ? entries.putIfAbsent(key, entry) == null
                : entries.replace(key, old, entry);
    }

    @Override
    public void saving() {
        List<Kept> living = new ArrayList<>();
        entries.forEach((key, entry) -> {
            OverlayInode inode = entry.get();
            if (inode != null) {
                living.add(new Kept(key, inode));
            }
        });
        kept = living;
    }

    @Override
    public void restored() {
        collected = new ReferenceQueue<>();
        entries = new ConcurrentHashMap<>();
        kept.forEach(
                each -> entries.put(each.key(), new Entry(each.key(), each.inode(), collected)));
        kept = List.of();
    }

    private void purge() {
        for (Object gone = collected.poll(); gone != null; gone = collected.poll()) {
            Entry entry = (Entry) gone;
            entries.remove(entry.key, entry);
        }
    }

    /** Identity of a real inode: inodes are equal to themselves only. */
    private record Key(Inode real) {}

    private static final class Entry extends WeakReference<OverlayInode> {
        private final Key key;

        Entry(Key key, OverlayInode inode, ReferenceQueue<OverlayInode> queue) {
            super(inode, queue);
            this.key = key;
        }
    }
}

package dev.moat.vfs.inotify;

import dev.moat.abi.FileMode;
import dev.moat.abi.InotifyFlags;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.VfsSettings;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Where the VFS tells what happens to files. Costs one load while nobody in the sandbox watches
 * anything.
 */
@Stateful
public final class Notifier {
    /**
     * A name of a directory became another one in the same directory: DN_RENAME. No event of
     * inotify(7), whose masks do not have this bit.
     */
    public static final int RENAMED_WITHIN = 0x800000;

    private static final int TOLD =
            InotifyFlags.IN_ALL_EVENTS | InotifyFlags.IN_UNMOUNT | RENAMED_WITHIN;

    private final AtomicInteger watches = new AtomicInteger();
    private final AtomicInteger cookies = new AtomicInteger();
    private final InotifyUsage usage;

    public Notifier(VfsSettings settings) {
        this.usage = new InotifyUsage(settings);
    }

    /** What the users have of inotify. */
    InotifyUsage usage() {
        return usage;
    }

    /** Whether there is any watch: ask before computing what an event needs. */
    public boolean isActive() {
        return watches.get() != 0;
    }

    /** A number that ties the two events of a rename together. */
    public int nextCookie() {
        return cookies.incrementAndGet();
    }

    /**
     * Something happened to {@code inode}: tells its watches, and those of its directory with its
     * name.
     *
     * @param parent its directory; null if it has none
     * @param unlinked whether the name is gone: watches with IN_EXCL_UNLINK of the directory are
     *     not told
     */
    public void happened(
            @Nullable Inode parent, String name, Inode inode, int event, boolean unlinked) {
        int bits = FileMode.S_ISDIR(inode.mode()) ? event | InotifyFlags.IN_ISDIR : event;
        if (parent != null) {
            send(parent, bits, name, 0, unlinked);
        }
        send(inode, bits, "", 0, false);
    }

    /** An entry of {@code directory} came or went. */
    public void entry(Inode directory, String name, int event, boolean isDirectory, int cookie) {
        send(directory, isDirectory ? event | InotifyFlags.IN_ISDIR : event, name, cookie, false);
    }

    /**
     * Something that concerns only the inode itself: IN_MOVE_SELF, IN_ATTRIB of a changed link
     * count.
     */
    public void self(Inode inode, int event) {
        send(inode, event, "", 0, false);
    }

    /**
     * The inode is no more, or its file system was unmounted: IN_DELETE_SELF or IN_UNMOUNT, then
     * IN_IGNORED.
     */
    public void gone(Inode inode, int event) {
        send(inode, event, "", 0, false);
        for (Watch watch : watchesOf(inode)) {
            watch.owner().forget(watch);
        }
    }

    private static void send(Inode inode, int event, String name, int cookie, boolean unlinked) {
        for (Watch watch : watchesOf(inode)) {
            if ((watch.mask() & event & TOLD) == 0
                    || unlinked && (watch.mask() & InotifyFlags.IN_EXCL_UNLINK) != 0) {
                continue;
            }
            watch.owner().queue(watch, event, cookie, name);
            if ((watch.mask() & InotifyFlags.IN_ONESHOT) != 0) {
                watch.owner().forget(watch);
            }
        }
    }

    @SuppressWarnings("unchecked") // only this class fills the slot
    private static List<Watch> watchesOf(Inode inode) {
        Object known = inode.extras().watches().get();
        return known == null ? List.of() : (List<Watch>) known;
    }

    /** Begins to tell the owner of a watch. */
    @SuppressWarnings("unchecked") // only this class fills the slot
    public void attach(Watch watch) {
        AtomicReference<Object> slot = watch.inode().extras().watches();
        if (slot.get() == null) {
            slot.compareAndSet(null, new CopyOnWriteArrayList<Watch>());
        }
        ((List<Watch>) slot.get()).add(watch);
        watches.incrementAndGet();
    }

    /** Stops telling; nothing if that was done. */
    public void detach(Watch watch) {
        if (watchesOf(watch.inode()).remove(watch)) {
            watches.decrementAndGet();
        }
    }
}

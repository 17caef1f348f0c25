package dev.moat.vfs.async;

import dev.moat.abi.Fcntl;
import dev.moat.abi.InotifyFlags;
import dev.moat.abi.SignalCodes;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Tasks;
import dev.moat.api.vfs.FdTable;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.OwnerSignals;
import dev.moat.vfs.inotify.Notifier;
import dev.moat.vfs.inotify.Watch;
import dev.moat.vfs.inotify.WatchOwner;

/** F_NOTIFY of one process for one open directory: fs/notify/dnotify/dnotify.c. */
@Stateful
final class DirectoryNotice implements WatchOwner {
    private final Notifier notifier;
    private final FileDescription directory;
    private final FdTable table;
    private final Tasks tasks;
    private final int fd;
    private final Watch watch;

    /** DN_* bits; 0 when there is nothing more to tell. Written by callers and tellers alike. */
    private volatile int wanted;

    DirectoryNotice(
            Notifier notifier, FileDescription directory, FdTable table, Tasks tasks, int fd) {
        this.notifier = notifier;
        this.directory = directory;
        this.table = table;
        this.tasks = tasks;
        this.fd = fd;
        this.watch = new Watch(this, directory.inode(), 0, 0);
    }

    boolean isOf(FdTable other) {
        return table == other;
    }

    void begin() {
        notifier.attach(watch);
    }

    void end() {
        wanted = 0;
        notifier.detach(watch);
    }

    /** Adds to what is told of. */
    void want(int bits) {
        wanted |= bits;
        watch.setMask(events(wanted));
    }

    /** convert_arg(). */
    private static int events(int bits) {
        int events = 0;
        events |= (bits & Fcntl.DN_ACCESS) != 0 ? InotifyFlags.IN_ACCESS : 0;
        events |= (bits & Fcntl.DN_MODIFY) != 0 ? InotifyFlags.IN_MODIFY : 0;
        events |= (bits & Fcntl.DN_ATTRIB) != 0 ? InotifyFlags.IN_ATTRIB : 0;
        events |= (bits & Fcntl.DN_CREATE) != 0 ? InotifyFlags.IN_CREATE : 0;
        events |= (bits & Fcntl.DN_CREATE) != 0 ? InotifyFlags.IN_MOVED_TO : 0;
        events |= (bits & Fcntl.DN_DELETE) != 0 ? InotifyFlags.IN_DELETE : 0;
        events |= (bits & Fcntl.DN_DELETE) != 0 ? InotifyFlags.IN_MOVED_FROM : 0;
        events |= (bits & Fcntl.DN_RENAME) != 0 ? Notifier.RENAMED_WITHIN : 0;
        return events;
    }

    @Override
    public void queue(Watch told, int event, int cookie, String name) {
        int now = wanted;
        if (now == 0) {
            return;
        }
        if ((now & Fcntl.DN_MULTISHOT) == 0) {
            wanted = 0;
            watch.setMask(0);
        }
        OwnerSignals.send(tasks, directory.signalOwner(), SignalCodes.POLL_MSG, fd);
    }

    @Override
    public void forget(Watch gone) {
        end();
    }
}

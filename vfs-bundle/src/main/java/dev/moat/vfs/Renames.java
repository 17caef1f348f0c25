package dev.moat.vfs;

import dev.moat.abi.Errno;
import dev.moat.abi.InotifyFlags;
import dev.moat.abi.RenameFlags;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Credentials;
import dev.moat.api.vfs.Inode;
import dev.moat.vfs.inotify.Notifier;
import org.jspecify.annotations.Nullable;

/** rename(2): the one operation on two directories. */
@Stateful
public final class Renames {
    private static final int KNOWN =
            RenameFlags.RENAME_NOREPLACE
                    | RenameFlags.RENAME_EXCHANGE
                    | RenameFlags.RENAME_WHITEOUT;

    private final Notifier notifier;

    Renames(Notifier notifier) {
        this.notifier = notifier;
    }

    /** EINVAL for flags that do not go together. Anybody may leave a whiteout. */
    public static void checkFlags(int flags) {
        int exclusive = RenameFlags.RENAME_NOREPLACE | RenameFlags.RENAME_WHITEOUT;
        if ((flags & ~KNOWN) != 0
                || (flags & exclusive) != 0 && (flags & RenameFlags.RENAME_EXCHANGE) != 0) {
            throw Errno.EINVAL.exception();
        }
    }

    /** One side of a rename. */
    public record Side(Place parent, String name, boolean trailingSlash) {
        Dentry directory() {
            return parent.dentry();
        }
    }

    /** What a rename has moved, to be told of without its locks. */
    private record Moved(Side from, Side to, Dentry source, Dentry target, boolean exchange) {}

    /** Renames; flags were checked. */
    public void rename(Credentials caller, Side from, Side to, int flags) {
        Credentials who = from.parent().viewer(caller);
        if (from.parent().mount() != to.parent().mount()) {
            throw Errno.EXDEV.exception();
        }
        Names.checkWritable(from.parent());
        @Nullable Moved moved =
                from.directory() == to.directory()
                        ? renameWithin(who, from, to, flags)
                        : renameAcross(who, from, to, flags);
        // Without locks: whoever is told may send signals.
        if (moved != null && notifier.isActive()) {
            tell(moved);
        }
    }

    private static @Nullable Moved renameWithin(Credentials who, Side from, Side to, int flags) {
        RankedLock lock = from.directory().lock();
        lock.lock();
        try {
            return renameLocked(who, from, to, flags);
        } finally {
            lock.unlock();
        }
    }

    private static @Nullable Moved renameAcross(Credentials who, Side from, Side to, int flags) {
        RankedLock all = from.directory().tree().renameLock();
        all.lock();
        try {
            boolean fromFirst = !to.directory().isAncestorOf(from.directory());
            RankedLock first = (fromFirst ? from : to).directory().lock();
            RankedLock second = (fromFirst ? to : from).directory().lock();
            first.lock();
            second.lock();
            try {
                return renameLocked(who, from, to, flags);
            } finally {
                second.unlock();
                first.unlock();
            }
        } finally {
            all.unlock();
        }
    }

    /** Null if both names are of one inode: then nothing is done. */
    private static @Nullable Moved renameLocked(Credentials who, Side from, Side to, int flags) {
        boolean exchange = (flags & RenameFlags.RENAME_EXCHANGE) != 0;
        Dentry source = from.directory().childLocked(from.name());
        if (source.isNegative()) {
            throw Errno.ENOENT.exception();
        }
        Dentry target = to.directory().childLocked(to.name());
        if (target.isNegative() && to.directory().inode().filesystem().hasFixedNames()) {
            throw Errno.ENOENT.exception();
        }
        checkShape(from, to, source, target, flags);
        Referral.checkRename(who, from.parent(), to.parent(), source, target, exchange);
        if (!target.isNegative() && source.inode() == target.inode()) {
            return null;
        }
        Permissions.checkRemove(who, from.directory(), source, null);
        if (target.isNegative()) {
            Permissions.checkAdd(who, to.directory());
        } else if (exchange) {
            Permissions.checkRemove(who, to.directory(), target, null);
        } else {
            Permissions.checkRemove(who, to.directory(), target, source.isDirectory());
        }
        if (from.directory() != to.directory()) {
            checkMovable(who, source);
            if (exchange) {
                checkMovable(who, target);
            }
        }
        from.directory().inode().rename(from.name(), to.directory().inode(), to.name(), flags);
        moveDentries(from, to, source, target, flags);
        return new Moved(from, to, source, target, exchange);
    }

    private static void checkShape(Side from, Side to, Dentry source, Dentry target, int flags) {
        boolean exchange = (flags & RenameFlags.RENAME_EXCHANGE) != 0;
        if ((flags & RenameFlags.RENAME_NOREPLACE) != 0 && !target.isNegative()) {
            throw Errno.EEXIST.exception();
        }
        if (exchange && target.isNegative()) {
            throw Errno.ENOENT.exception();
        }
        if (exchange && to.trailingSlash() && !target.isDirectory()) {
            throw Errno.ENOTDIR.exception();
        }
        if (!source.isDirectory() && (from.trailingSlash() || !exchange && to.trailingSlash())) {
            throw Errno.ENOTDIR.exception();
        }
        if (source.isAncestorOf(to.directory())) {
            throw Errno.EINVAL.exception();
        }
        if (target.isAncestorOf(from.directory())) {
            throw (exchange ? Errno.EINVAL : Errno.ENOTEMPTY).exception();
        }
    }

    /** A directory that changes its parent has its ".." written to. */
    private static void checkMovable(Credentials who, Dentry moved) {
        if (moved.isDirectory()) {
            Permissions.check(who, moved.inode(), Permissions.MAY_WRITE);
        }
    }

    private static void moveDentries(Side from, Side to, Dentry source, Dentry target, int flags) {
        if ((flags & RenameFlags.RENAME_EXCHANGE) != 0) {
            source.moveLocked(to.directory(), to.name());
            target.moveLocked(from.directory(), from.name());
            from.directory().putLocked(from.name(), target);
            to.directory().putLocked(to.name(), source);
            return;
        }
        if (!target.isNegative()) {
            target.kill();
        }
        source.moveLocked(to.directory(), to.name());
    }

    private void tell(Moved moved) {
        tellMove(moved.from(), moved.to(), moved.source());
        Dentry target = moved.target();
        if (moved.exchange()) {
            tellMove(moved.to(), moved.from(), target);
            return;
        }
        if (!target.isNegative()) {
            Inode replaced = target.inode();
            notifier.self(replaced, InotifyFlags.IN_ATTRIB);
            if (target.isDirectory() || replaced.attributes().links() == 0) {
                notifier.gone(replaced, InotifyFlags.IN_DELETE_SELF);
            }
        }
    }

    private void tellMove(Side from, Side to, Dentry moved) {
        int cookie = notifier.nextCookie();
        boolean directory = moved.isDirectory();
        if (from.directory() == to.directory()) {
            notifier.self(from.directory().inode(), Notifier.RENAMED_WITHIN);
        }
        notifier.entry(
                from.directory().inode(),
                from.name(),
                InotifyFlags.IN_MOVED_FROM,
                directory,
                cookie);
        notifier.entry(
                to.directory().inode(), to.name(), InotifyFlags.IN_MOVED_TO, directory, cookie);
        notifier.self(moved.inode(), InotifyFlags.IN_MOVE_SELF);
    }
}

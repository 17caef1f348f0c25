package dev.moat.vfs;

import dev.moat.abi.Errno;
import dev.moat.abi.Landlock;
import dev.moat.api.landlock.LandlockDomain;
import dev.moat.api.task.Credentials;
import dev.moat.vfs.Confinement.Ascent;
import dev.moat.vfs.Confinement.MissingRights;
import org.jspecify.annotations.Nullable;

/**
 * Whether landlock(7) lets a file change, or gain, a directory: only if nothing becomes possible
 * with it by that. Used by one link(2) or rename(2). Source: security/landlock/fs.c
 * current_check_refer_path.
 */
final class Referral {
    private static final int ALL = -1;

    private final LandlockDomain domain;
    private final Dentry moved;
    private final @Nullable Dentry exchanged;

    /** What is needed at the source's directory, and at the target's. */
    private int neededFrom;

    private int neededTo;

    private Referral(LandlockDomain domain, Dentry moved, @Nullable Dentry exchanged) {
        this.domain = domain;
        this.moved = moved;
        this.exchanged = exchanged;
    }

    /**
     * Checks link(2).
     *
     * @throws dev.moat.abi.ErrnoException EACCES, EXDEV
     */
    static void checkLink(Credentials who, Place old, Place parent) {
        LandlockDomain domain = who.domain();
        if (domain == null || !domain.restrictsFiles()) {
            return;
        }
        Referral referral = new Referral(domain, old.dentry(), null);
        referral.neededTo = Confinement.makeRight(old.inode().mode());
        referral.check(parent.mount(), old.dentry().parent(), parent.dentry());
    }

    /**
     * Checks rename(2).
     *
     * @throws dev.moat.abi.ErrnoException EACCES, EXDEV
     */
    static void checkRename(
            Credentials who, Place from, Place to, Dentry source, Dentry target, boolean exchange) {
        LandlockDomain domain = who.domain();
        if (domain == null || !domain.restrictsFiles()) {
            return;
        }
        Referral referral = new Referral(domain, source, exchange ? target : null);
        referral.neededFrom =
                Confinement.removeRight(source)
                        | (exchange ? Confinement.makeRight(target.inode().mode()) : 0);
        referral.neededTo =
                Confinement.makeRight(source.inode().mode()) | Confinement.removeRight(target);
        referral.check(to.mount(), from.dentry(), to.dentry());
    }

    private void check(Mount mount, @Nullable Dentry fromDirectory, Dentry toDirectory) {
        if (fromDirectory == toDirectory) {
            int needed = neededFrom | neededTo;
            if (Confinement.denied(domain, new Place(mount, toDirectory), needed) != 0) {
                throw Errno.EACCES.exception();
            }
            return;
        }
        neededFrom |= Landlock.LANDLOCK_ACCESS_FS_REFER;
        neededTo |= Landlock.LANDLOCK_ACCESS_FS_REFER;
        MissingRights from = new MissingRights(domain, ALL);
        MissingRights to = new MissingRights(domain, ALL);
        // The root of a mount, and a file without a directory, stand for themselves.
        if (fromDirectory == null || moved == mount.root()) {
            collect(moved, mount, from);
        } else {
            collect(fromDirectory, mount, from);
        }
        collect(toDirectory, mount, to);
        if (!from.isEmpty() || !to.isEmpty()) {
            ascend(mount, from, to);
        }
    }

    /** What the directories below the common mount deny. */
    private static void collect(Dentry directory, Mount mount, MissingRights missing) {
        @Nullable Dentry at = directory;
        while (at != null && !missing.isEmpty()) {
            missing.allow(at.inode());
            at = at == mount.root() ? null : at.parent();
        }
    }

    /**
     * Goes on from the common mount, which both directories are in, until everything is allowed or
     * the top is reached.
     */
    private void ascend(Mount mount, MissingRights from, MissingRights to) {
        MissingRights ofMoved = ownRights(moved);
        @Nullable MissingRights ofExchanged = exchanged == null ? null : ownRights(exchanged);
        boolean compared = false;
        Ascent at = new Ascent(new Place(mount, mount.root()));
        do {
            if (!compared && gainsNothing(from, ofMoved, to, ofExchanged)) {
                // From here on only what the call itself needs is asked for.
                compared = true;
                from.keep(neededFrom);
                to.keep(neededTo);
            }
            if (compared && from.isEmpty() && to.isEmpty()) {
                return;
            }
            from.allow(at.dentry().inode());
            to.allow(at.dentry().inode());
            if (from.isEmpty() && to.isEmpty()) {
                return;
            }
        } while (at.up());
        if (at.isNameless()) {
            return;
        }
        int refused = from.any() & neededFrom | to.any() & neededTo;
        boolean missing = (refused & ~Landlock.LANDLOCK_ACCESS_FS_REFER) != 0;
        throw (missing ? Errno.EACCES : Errno.EXDEV).exception();
    }

    private MissingRights ownRights(Dentry child) {
        MissingRights missing = new MissingRights(domain, ALL);
        missing.allow(child.inode());
        return missing;
    }

    /** no_more_access(): what is denied to a file where it is must be denied where it goes. */
    private boolean gainsNothing(
            MissingRights from,
            MissingRights ofMoved,
            MissingRights to,
            @Nullable MissingRights ofExchanged) {
        if (!from.isCoveredBy(ofMoved, to, meaningful(moved))) {
            return false;
        }
        Dentry other = exchanged;
        return other == null
                || ofExchanged == null
                || to.isCoveredBy(ofExchanged, from, meaningful(other));
    }

    /** Rights that mean something for a file. */
    private static int meaningful(Dentry dentry) {
        return dentry.isDirectory() ? ALL : Confinement.FILE_RIGHTS;
    }
}

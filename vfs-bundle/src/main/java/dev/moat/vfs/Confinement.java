package dev.moat.vfs;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.Landlock;
import dev.moat.api.landlock.LandlockDomain;
import dev.moat.api.task.Credentials;
import dev.moat.api.vfs.Inode;
import org.jspecify.annotations.Nullable;

/**
 * What landlock(7) says about paths: a layer allows what a rule at the file or at any directory
 * above it allows. Without a domain nothing is looked at. Source: security/landlock/fs.c.
 */
public final class Confinement {
    /** What can be done with a file that is no directory. */
    static final int FILE_RIGHTS =
            Landlock.LANDLOCK_ACCESS_FS_EXECUTE
                    | Landlock.LANDLOCK_ACCESS_FS_WRITE_FILE
                    | Landlock.LANDLOCK_ACCESS_FS_READ_FILE
                    | Landlock.LANDLOCK_ACCESS_FS_TRUNCATE
                    | Landlock.LANDLOCK_ACCESS_FS_IOCTL_DEV;

    private Confinement() {}

    /**
     * Throws EACCES unless {@code who} has all of {@code rights} at {@code place}.
     *
     * @param rights LANDLOCK_ACCESS_FS_*
     */
    public static void check(Credentials who, Place place, int rights) {
        LandlockDomain domain = who.domain();
        if (domain != null && denied(domain, place, rights) != 0) {
            throw Errno.EACCES.exception();
        }
    }

    /** Throws EACCES unless {@code who} may make a file of type {@code mode} in {@code parent}. */
    static void checkMake(Credentials who, Place parent, int mode) {
        if (who.domain() != null) {
            check(who, parent, makeRight(mode));
        }
    }

    /** Throws EPERM if {@code who} is restricted in files: then mounts stay as they are. */
    public static void checkMounting(Credentials who) {
        LandlockDomain domain = who.domain();
        if (domain != null && domain.restrictsFiles()) {
            throw Errno.EPERM.exception();
        }
    }

    /** Which of {@code rights} the domain denies at {@code place}. */
    static int denied(LandlockDomain domain, Place place, int rights) {
        if ((rights & domain.allHandledFiles()) == 0) {
            return 0;
        }
        MissingRights missing = new MissingRights(domain, rights);
        for (Ascent at = new Ascent(place); !missing.isEmpty(); ) {
            missing.allow(at.dentry().inode());
            if (!at.up()) {
                return at.isNameless() ? 0 : missing.any();
            }
        }
        return 0;
    }

    /** The right that making, or moving, a file of this type needs. */
    static int makeRight(int mode) {
        return switch (mode & FileMode.S_IFMT) {
            case FileMode.S_IFLNK -> Landlock.LANDLOCK_ACCESS_FS_MAKE_SYM;
            case FileMode.S_IFDIR -> Landlock.LANDLOCK_ACCESS_FS_MAKE_DIR;
            case FileMode.S_IFCHR -> Landlock.LANDLOCK_ACCESS_FS_MAKE_CHAR;
            case FileMode.S_IFBLK -> Landlock.LANDLOCK_ACCESS_FS_MAKE_BLOCK;
            case FileMode.S_IFIFO -> Landlock.LANDLOCK_ACCESS_FS_MAKE_FIFO;
            case FileMode.S_IFSOCK -> Landlock.LANDLOCK_ACCESS_FS_MAKE_SOCK;
            default -> Landlock.LANDLOCK_ACCESS_FS_MAKE_REG;
        };
    }

    /** The right to take what {@code dentry} leads to out of its directory; none if nothing is. */
    static int removeRight(Dentry dentry) {
        if (dentry.isNegative()) {
            return 0;
        }
        return dentry.isDirectory()
                ? Landlock.LANDLOCK_ACCESS_FS_REMOVE_DIR
                : Landlock.LANDLOCK_ACCESS_FS_REMOVE_FILE;
    }

    /** The way from a place up to the first mount. */
    static final class Ascent {
        private Mount mount;
        private Dentry dentry;
        private boolean nameless;

        Ascent(Place from) {
            this.mount = from.mount();
            this.dentry = from.dentry();
        }

        Dentry dentry() {
            return dentry;
        }

        /** Whether it ended at a file that is in no directory: a memfd, a pipe, a namespace. */
        boolean isNameless() {
            return nameless;
        }

        /** Goes to the directory above, over mounts; false if there is none. */
        boolean up() {
            while (dentry == mount.root()) {
                Place on = mount.on();
                if (on == null) {
                    return false;
                }
                mount = on.mount();
                dentry = on.dentry();
            }
            Dentry parent = dentry.parent();
            if (parent != null) {
                dentry = parent;
                return true;
            }
            if (dentry != mount.tree().root()) {
                nameless = true;
                return false;
            }
            // Moved out of what the mount shows: what the mount itself lies in still counts.
            dentry = mount.root();
            return true;
        }
    }

    /** Rights that the layers of a domain have not allowed yet. */
    static final class MissingRights {
        private final LandlockDomain domain;

        /** By layer. */
        private final int[] missing;

        /** Of {@code wanted}, what each layer handles. */
        MissingRights(LandlockDomain domain, int wanted) {
            this.domain = domain;
            this.missing = new int[domain.level()];
            for (@Nullable LandlockDomain at = domain; at != null; at = at.parent()) {
                missing[at.level() - 1] = wanted & at.handledFiles();
            }
        }

        /** Takes away what rules at {@code inode} allow. */
        void allow(Inode inode) {
            allow(inode, -1);
        }

        /** As above, of {@code rights} only. */
        void allow(Inode inode, int rights) {
            for (@Nullable LandlockDomain at = domain; at != null; at = at.parent()) {
                int layer = at.level() - 1;
                if ((missing[layer] & rights) != 0) {
                    missing[layer] &= ~(at.allowedAt(inode) & rights);
                }
            }
        }

        /** Forgets all but {@code rights}. */
        void keep(int rights) {
            for (int i = 0; i < missing.length; i++) {
                missing[i] &= rights;
            }
        }

        boolean isEmpty() {
            return any() == 0;
        }

        /** What any layer misses. */
        int any() {
            int all = 0;
            for (int layer : missing) {
                all |= layer;
            }
            return all;
        }

        /**
         * Whether {@code rights} that are denied to a child under this directory, in spite of its
         * own rules, are all denied under {@code other}, too.
         */
        boolean isCoveredBy(MissingRights child, MissingRights other, int rights) {
            for (int i = 0; i < missing.length; i++) {
                if ((missing[i] & child.missing[i] & ~other.missing[i] & rights) != 0) {
                    return false;
                }
            }
            return true;
        }
    }
}

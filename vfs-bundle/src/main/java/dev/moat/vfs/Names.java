package dev.moat.vfs;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.FileMode;
import dev.moat.abi.InotifyFlags;
import dev.moat.abi.Landlock;
import dev.moat.abi.MountFlags;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.Inode.Owner;
import dev.moat.api.vfs.PosixAcl;
import dev.moat.api.vfs.VfsSettings;
import dev.moat.vfs.inotify.Notifier;
import org.jspecify.annotations.Nullable;

/**
 * Changes to names in directories: permission and mount checks, the file system's work, the
 * dentries, the watchers. Renames are in {@link Renames}.
 */
@Stateful
public final class Names {
    private static final int NOT_OPENED = -1;

    private final Notifier notifier;
    private final Renames renames;

    Names(Notifier notifier) {
        this.notifier = notifier;
        this.renames = new Renames(notifier);
    }

    public Renames renames() {
        return renames;
    }

    /** EROFS on a read-only mount: mnt_want_write(). */
    public static void checkWritable(Place place) {
        if (place.mount().has(MountFlags.MS_RDONLY) || place.mount().tree().isReadOnly()) {
            throw Errno.EROFS.exception();
        }
    }

    /**
     * Creates a regular file, fifo, socket or device node.
     *
     * @param mode with type
     * @param umask of who creates it; does not count where the directory has a default list
     * @return the new dentry
     */
    public Dentry create(
            Credentials who, Place parent, String name, int mode, int umask, long rdev) {
        return create(who, parent, name, mode, umask, rdev, null, NOT_OPENED);
    }

    /** Creates the file that mknod(2) asks for, see {@link #create}. */
    public Dentry make(Task task, Place parent, String name, int mode, long rdev) {
        int umask = task.fs().umask();
        return create(task.credentials(), parent, name, mode, umask, rdev, task, NOT_OPENED);
    }

    /** Creates a regular file that is opened next with these flags, see {@link #create}. */
    Dentry createToOpen(Task task, Place parent, String name, int mode, int flags) {
        int umask = task.fs().umask();
        return create(task.credentials(), parent, name, mode, umask, 0, task, flags);
    }

    private Dentry create(
            Credentials caller,
            Place parent,
            String name,
            int mode,
            int umask,
            long rdev,
            @Nullable Task maker,
            int flags) {
        Credentials who = parent.viewer(caller);
        Dentry directory = parent.dentry();
        boolean permitted = maker == null || DeviceChecks.mayMake(maker, mode, rdev);
        Dentry created;
        directory.lock().lock();
        try {
            checkFree(directory, name);
            checkWritable(parent);
            Confinement.checkMake(who, parent, mode);
            Permissions.checkAdd(who, directory);
            checkDevice(who, mode, rdev);
            if (!permitted) {
                throw Errno.EPERM.exception();
            }
            Inode in = directory.inode();
            Owner owner = SandboxVfs.ownerIn(who, in);
            // In this order: the umask does not decide about the set-group-ID bit.
            int made = masked(in, strip(who, in, owner, mode), umask);
            Inode inode =
                    maker == null || flags == NOT_OPENED
                            ? in.create(name, made, rdev, owner)
                            : in.createToOpen(maker, name, made, owner, flags);
            created = directory.addLocked(name, inode);
        } finally {
            directory.lock().unlock();
        }
        tellEntry(directory, name, InotifyFlags.IN_CREATE, false);
        return created;
    }

    /** Devices need CAP_MKNOD; 0:0 is a whiteout, no device at all: vfs_mknod(). */
    private static void checkDevice(Credentials who, int mode, long rdev) {
        boolean whiteout = FileMode.S_ISCHR(mode) && rdev == 0;
        boolean device = FileMode.S_ISCHR(mode) || FileMode.S_ISBLK(mode);
        if (device && !whiteout && !who.can(Capabilities.CAP_MKNOD)) {
            throw Errno.EPERM.exception();
        }
    }

    /** The permissions that the umask leaves: mode_strip_umask(). */
    static int masked(Inode directory, int mode, int umask) {
        boolean elsewhere =
                directory.filesystem().appliesUmask()
                        || !directory.acl(PosixAcl.Kind.DEFAULT).isEmpty();
        return elsewhere ? mode : mode & ~umask;
    }

    /**
     * A file of a set-group-ID directory gets no such bit itself unless its maker is in the group.
     */
    static int strip(Credentials who, Inode directory, Owner owner, int mode) {
        boolean both =
                (mode & (FileMode.S_ISGID | FileMode.S_IXGRP))
                        == (FileMode.S_ISGID | FileMode.S_IXGRP);
        return both
                        && (directory.mode() & FileMode.S_ISGID) != 0
                        && !who.isInGroup(owner.gid())
                        && !who.canOver(directory.uid(), directory.gid(), Capabilities.CAP_FSETID)
                ? mode & ~FileMode.S_ISGID
                : mode;
    }

    /** EEXIST, or ENOENT where only the file system makes names. */
    private static void checkFree(Dentry directory, String name) {
        if (!directory.childLocked(name).isNegative()) {
            throw Errno.EEXIST.exception();
        }
        if (directory.inode().filesystem().hasFixedNames()) {
            throw Errno.ENOENT.exception();
        }
    }

    public Dentry makeDirectory(
            Credentials caller, Place parent, String name, int mode, int umask) {
        Credentials who = parent.viewer(caller);
        Dentry directory = parent.dentry();
        Dentry made;
        directory.lock().lock();
        try {
            checkFree(directory, name);
            checkWritable(parent);
            Confinement.checkMake(who, parent, FileMode.S_IFDIR);
            Permissions.checkAdd(who, directory);
            Inode in = directory.inode();
            int inherited = in.mode() & FileMode.S_ISGID;
            int masked = masked(in, mode, umask) | inherited;
            Inode inode = in.makeDirectory(name, masked, SandboxVfs.ownerIn(who, in));
            made = directory.addLocked(name, inode);
        } finally {
            directory.lock().unlock();
        }
        tellEntry(directory, name, InotifyFlags.IN_CREATE, true);
        return made;
    }

    public void makeSymlink(Credentials caller, Place parent, String name, String target) {
        Credentials who = parent.viewer(caller);
        Dentry directory = parent.dentry();
        directory.lock().lock();
        try {
            checkFree(directory, name);
            checkWritable(parent);
            Confinement.checkMake(who, parent, FileMode.S_IFLNK);
            Permissions.checkAdd(who, directory);
            Inode in = directory.inode();
            directory.addLocked(name, in.makeSymlink(name, target, SandboxVfs.ownerIn(who, in)));
        } finally {
            directory.lock().unlock();
        }
        tellEntry(directory, name, InotifyFlags.IN_CREATE, false);
    }

    /** Adds a hard link: EXDEV over mounts, EPERM for directories and files of others. */
    public void link(
            Credentials caller, Place old, Place parent, String name, VfsSettings settings) {
        Credentials who = parent.viewer(caller);
        Dentry directory = parent.dentry();
        Inode target = old.inode();
        directory.lock().lock();
        try {
            checkFree(directory, name);
            if (old.mount() != parent.mount()) {
                throw Errno.EXDEV.exception();
            }
            checkWritable(parent);
            new Protections(settings, who).checkLink(target);
            Referral.checkLink(who, old, parent);
            Permissions.checkAdd(who, directory);
            FileFlags.checkChange(target);
            if (FileMode.S_ISDIR(target.mode())) {
                throw Errno.EPERM.exception();
            }
            directory.inode().link(name, target);
            directory.addLocked(name, target);
        } finally {
            directory.lock().unlock();
        }
        if (notifier.isActive()) {
            notifier.self(target, InotifyFlags.IN_ATTRIB);
            tellEntry(directory, name, InotifyFlags.IN_CREATE, false);
        }
    }

    /** Removes a name that is no directory's. */
    public void unlink(Credentials caller, Place parent, String name, boolean trailingSlash) {
        Credentials who = parent.viewer(caller);
        Dentry directory = parent.dentry();
        Inode inode;
        directory.lock().lock();
        try {
            Dentry victim = requirePresent(directory, name);
            if (trailingSlash) {
                throw (victim.isDirectory() ? Errno.EISDIR : Errno.ENOTDIR).exception();
            }
            checkWritable(parent);
            Confinement.check(who, parent, Landlock.LANDLOCK_ACCESS_FS_REMOVE_FILE);
            Permissions.checkRemove(who, directory, victim, false);
            inode = victim.inode();
            directory.inode().unlink(name);
            directory.removeLocked(victim);
        } finally {
            directory.lock().unlock();
        }
        tellUnlinked(directory, name, inode);
    }

    /** Removes a file that its maker does not want after all, unless somebody else did. */
    void withdraw(Place made) {
        Dentry.Link link = made.dentry().link();
        Dentry directory = link.parent();
        if (directory == null) {
            return;
        }
        Inode inode = made.dentry().inode();
        directory.lock().lock();
        try {
            if (directory.childLocked(link.name()) != made.dentry()) {
                return;
            }
            directory.inode().unlink(link.name());
            directory.removeLocked(made.dentry());
        } finally {
            directory.lock().unlock();
        }
        tellUnlinked(directory, link.name(), inode);
    }

    private void tellUnlinked(Dentry directory, String name, Inode inode) {
        if (notifier.isActive()) {
            tellRemoved(inode);
            tellEntry(directory, name, InotifyFlags.IN_DELETE, false);
        }
    }

    public void removeDirectory(Credentials caller, Place parent, String name) {
        Credentials who = parent.viewer(caller);
        Dentry directory = parent.dentry();
        Inode inode;
        directory.lock().lock();
        try {
            Dentry victim = requirePresent(directory, name);
            checkWritable(parent);
            Confinement.check(who, parent, Landlock.LANDLOCK_ACCESS_FS_REMOVE_DIR);
            Permissions.checkRemove(who, directory, victim, true);
            victim.lock().lock();
            try {
                inode = victim.inode();
                directory.inode().removeDirectory(name);
                directory.removeLocked(victim);
            } finally {
                victim.lock().unlock();
            }
        } finally {
            directory.lock().unlock();
        }
        if (notifier.isActive()) {
            notifier.gone(inode, InotifyFlags.IN_DELETE_SELF);
            tellEntry(directory, name, InotifyFlags.IN_DELETE, true);
        }
    }

    private static Dentry requirePresent(Dentry directory, String name) {
        Dentry victim = directory.childLocked(name);
        if (victim.isNegative()) {
            throw Errno.ENOENT.exception();
        }
        return victim;
    }

    private void tellRemoved(Inode inode) {
        notifier.self(inode, InotifyFlags.IN_ATTRIB);
        if (isWithoutLinks(inode)) {
            notifier.gone(inode, InotifyFlags.IN_DELETE_SELF);
        }
    }

    /** What cannot be asked for any more is gone, too. */
    private static boolean isWithoutLinks(Inode inode) {
        try {
            return inode.attributes().links() == 0;
        } catch (ErrnoException e) {
            return true;
        }
    }

    private void tellEntry(Dentry directory, String name, int event, boolean isDirectory) {
        if (notifier.isActive()) {
            notifier.entry(directory.inode(), name, event, isDirectory, 0);
        }
    }
}

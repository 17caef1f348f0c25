package dev.moat.vfs;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.InotifyFlags;
import dev.moat.abi.Landlock;
import dev.moat.abi.MountFlags;
import dev.moat.abi.OpenFlags;
import dev.moat.api.landlock.LandlockDomain;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitSuspended;
import dev.moat.api.vfs.CharacterDevice;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import dev.moat.vfs.lease.Leases;
import dev.moat.vfs.pipe.PipeFile;
import org.jspecify.annotations.Nullable;

/** open(2): the walk, creation, permission to open, and the description. */
@Stateful
public final class Opener {
    /** What of open's flags works once and is not kept in the description. */
    private static final int ONCE =
            OpenFlags.O_CREAT
                    | OpenFlags.O_EXCL
                    | OpenFlags.O_NOCTTY
                    | OpenFlags.O_TRUNC
                    | OpenFlags.O_CLOEXEC;

    private static final int PATH_FLAGS =
            OpenFlags.O_DIRECTORY | OpenFlags.O_NOFOLLOW | OpenFlags.O_PATH;

    private final SandboxVfs vfs;
    private final CharacterDevices devices;

    Opener(SandboxVfs vfs, CharacterDevices devices) {
        this.vfs = vfs;
        this.devices = devices;
    }

    /**
     * Opens {@code path}.
     *
     * @param mode permissions of a file that is created; the umask is applied here
     * @param resolve RESOLVE_* of openat2(2)
     * @return the description, or null for ENOENT (as common as success); a fifo may still have to
     *     wait for its peer
     * @throws OpenInterrupted a signal came while it waited for a lease to go
     */
    public @Nullable FileDescription open(
            Task task, Place start, String path, int flags, int mode, int resolve) {
        int clean = normalise(flags);
        Walker walker = vfs.walker(task, start, resolve);
        if ((clean & OpenFlags.__O_TMPFILE) != 0) {
            return openUnnamed(task, walker, path, clean, mode);
        }
        boolean follow = (clean & OpenFlags.O_NOFOLLOW) == 0;
        if ((clean & OpenFlags.O_CREAT) == 0) {
            Place place = walker.find(path, follow);
            return place == null ? null : openExisting(task, place, clean);
        }
        return openOrCreate(task, walker, path, clean, mode, follow);
    }

    private static int normalise(int flags) {
        checkFlags(flags);
        return (flags & OpenFlags.O_PATH) != 0 ? flags & PATH_FLAGS : flags & ~OpenFlags.O_CLOEXEC;
    }

    /** EINVAL for what does not go together, before the path is looked at: build_open_flags(). */
    public static void checkFlags(int flags) {
        if ((flags & OpenFlags.O_PATH) != 0) {
            return;
        }
        if ((flags & OpenFlags.__O_TMPFILE) != 0) {
            if ((flags & OpenFlags.O_DIRECTORY) == 0
                    || (flags & OpenFlags.O_CREAT) != 0
                    || (flags & OpenFlags.O_ACCMODE) == OpenFlags.O_RDONLY) {
                throw Errno.EINVAL.exception();
            }
        } else if ((flags & OpenFlags.O_CREAT) != 0 && (flags & OpenFlags.O_DIRECTORY) != 0) {
            throw Errno.EINVAL.exception();
        }
    }

    private @Nullable FileDescription openOrCreate(
            Task task, Walker walker, String path, int flags, int mode, boolean follow) {
        if (!walker.findParent(path)) {
            return null;
        }
        boolean exclusive = (flags & OpenFlags.O_EXCL) != 0;
        while (true) {
            if (walker.isAtMagicTarget()) {
                return openCreatable(task, walker.here(), flags);
            }
            if (walker.last() != Walker.Last.NAME) {
                throw Errno.EISDIR.exception();
            }
            if (walker.hasTrailingSlash()) {
                throw Errno.EISDIR.exception();
            }
            Place found = walker.lastPlace();
            if (found.dentry().isNegative()) {
                FileDescription made = create(task, walker, flags, mode);
                if (made != null) {
                    return made;
                }
                continue;
            }
            if (exclusive) {
                throw Errno.EEXIST.exception();
            }
            if (!FileMode.S_ISLNK(found.inode().mode())) {
                if (!found.dentry().isDirectory()) {
                    new Protections(vfs.settings(), found.viewer(task.credentials()))
                            .checkCreate(walker.here().inode(), found.inode());
                }
                return openCreatable(task, found, flags);
            }
            if (!follow) {
                throw Errno.ELOOP.exception();
            }
            if (!walker.followLast(found.dentry())) {
                return null;
            }
        }
    }

    private FileDescription openCreatable(Task task, Place place, int flags) {
        if (place.dentry().isDirectory()) {
            throw Errno.EISDIR.exception();
        }
        return openExisting(task, place, flags);
    }

    /** Creates and opens; null if somebody else was faster. */
    private @Nullable FileDescription create(Task task, Walker walker, int flags, int mode) {
        Place parent = walker.here();
        int permissions = mode & FileMode.S_IALLUGO;
        Dentry made;
        try {
            made =
                    vfs.names()
                            .createToOpen(
                                    task,
                                    parent,
                                    walker.lastName(),
                                    FileMode.S_IFREG | permissions,
                                    flags);
        } catch (dev.moat.abi.ErrnoException e) {
            if (e.errno() == Errno.EEXIST && (flags & OpenFlags.O_EXCL) == 0) {
                return null;
            }
            throw e;
        }
        // A file just made may be opened for writing even if its mode forbids it; there is nothing
        // to cut off.
        FileDescription file =
                openDescription(task, new Place(parent.mount(), made), flags & ~OpenFlags.O_TRUNC);
        file.setCreator();
        return file;
    }

    private @Nullable FileDescription openUnnamed(
            Task task, Walker walker, String path, int flags, int mode) {
        Place place = walker.find(path, (flags & OpenFlags.O_NOFOLLOW) == 0);
        if (place == null) {
            return null;
        }
        if (!place.dentry().isDirectory()) {
            throw Errno.ENOTDIR.exception();
        }
        Names.checkWritable(place);
        Credentials who = place.viewer(task.credentials());
        Inode directory = place.inode();
        Permissions.check(who, directory, Permissions.MAY_WRITE | Permissions.MAY_EXEC);
        int permissions = Names.masked(directory, mode & FileMode.S_IALLUGO, task.fs().umask());
        Inode inode =
                directory.createUnnamed(
                        FileMode.S_IFREG | permissions, SandboxVfs.ownerIn(who, directory));
        Dentry dentry =
                new Dentry(place.dentry().tree(), place.dentry(), "#" + inode.number(), inode);
        dentry.kill();
        int kept = flags & ~OpenFlags.O_TMPFILE | flags & OpenFlags.O_EXCL;
        FileDescription file = openDescription(task, new Place(place.mount(), dentry), kept);
        file.setFlags(OpenFlags.O_TMPFILE, OpenFlags.O_TMPFILE);
        return file;
    }

    /** As below, for a place that another call has found. */
    public FileDescription openAt(Task task, Place place, int flags) {
        return openPlace(task, place, flags);
    }

    /** Opens what is at {@code place} with all checks: may_open(). */
    FileDescription openPlace(Task task, Place place, int flags) {
        return openExisting(task, place, normalise(flags));
    }

    private FileDescription openExisting(Task task, Place place, int flags) {
        Inode inode = place.inode();
        int mode = inode.mode();
        if ((flags & OpenFlags.O_DIRECTORY) != 0 && !place.dentry().isDirectory()) {
            // A link that is not followed is no directory whatever it leads to.
            throw Errno.ENOTDIR.exception();
        }
        if ((flags & OpenFlags.O_PATH) != 0) {
            FileDescription file = new PathFile(inode, flags);
            vfs.opened(file, place);
            return file;
        }
        int access = checkType(place, mode, flags);
        Credentials who = place.viewer(task.credentials());
        Permissions.check(who, inode, access);
        DeviceChecks.check(task, inode, access);
        if ((access & Permissions.MAY_WRITE) != 0
                && (flags & (OpenFlags.O_APPEND | OpenFlags.O_TRUNC)) != OpenFlags.O_APPEND) {
            FileFlags.checkNoAppend(inode);
        }
        if ((flags & OpenFlags.O_NOATIME) != 0 && !Permissions.isOwner(who, inode)) {
            throw Errno.EPERM.exception();
        }
        return openDescription(task, place, flags);
    }

    /** Checks what depends on the type of file; gives the MAY_* mask to check. */
    private static int checkType(Place place, int mode, int flags) {
        int access = accessMask(flags);
        boolean writes = (access & Permissions.MAY_WRITE) != 0;
        switch (mode & FileMode.S_IFMT) {
            case FileMode.S_IFLNK -> throw Errno.ELOOP.exception();
            case FileMode.S_IFDIR -> {
                if (writes) {
                    throw Errno.EISDIR.exception();
                }
            }
            case FileMode.S_IFCHR, FileMode.S_IFBLK -> {
                if (place.mount().isNoDevices()) {
                    throw Errno.EACCES.exception();
                }
            }
            case FileMode.S_IFREG -> {
                if (writes) {
                    Names.checkWritable(place);
                }
            }
            default -> {
                // Fifos can be written on read-only mounts; sockets refuse by themselves.
            }
        }
        return access;
    }

    private static int accessMask(int flags) {
        int access =
                switch (flags & OpenFlags.O_ACCMODE) {
                    case OpenFlags.O_RDONLY -> Permissions.MAY_READ;
                    case OpenFlags.O_WRONLY -> Permissions.MAY_WRITE;
                    default -> Permissions.MAY_READ | Permissions.MAY_WRITE;
                };
        return (flags & OpenFlags.O_TRUNC) != 0 ? access | Permissions.MAY_WRITE : access;
    }

    /**
     * Opens a program to run it: do_open_execat(), fs/exec.c. It takes execute permission only, and
     * keeps writers away while the description lives.
     *
     * @throws dev.moat.abi.ErrnoException EACCES: no regular file, on a noexec mount, not
     *     permitted; ETXTBSY
     */
    public FileDescription openProgram(Task task, Place place) {
        Inode inode = place.inode();
        if (!FileMode.S_ISREG(inode.mode()) || !isExecutable(place)) {
            throw Errno.EACCES.exception();
        }
        Permissions.check(place.viewer(task.credentials()), inode, Permissions.MAY_EXEC);
        FileDescription file =
                openDescription(
                        task, place, OpenFlags.O_RDONLY, Landlock.LANDLOCK_ACCESS_FS_EXECUTE);
        try {
            file.countAsExecution();
        } catch (dev.moat.abi.ErrnoException e) {
            file.release();
            throw e;
        }
        return file;
    }

    private FileDescription openDescription(Task task, Place place, int flags) {
        return openDescription(task, place, flags, 0);
    }

    private FileDescription openDescription(Task task, Place place, int flags, int rights) {
        Inode inode = place.inode();
        LandlockDomain domain = task.credentials().domain();
        int denied = domain == null ? 0 : deniedRights(domain, place, flags, rights);
        FileDescription file =
                switch (inode.mode() & FileMode.S_IFMT) {
                    case FileMode.S_IFIFO -> PipeFile.open(inode, flags & ~ONCE);
                    case FileMode.S_IFSOCK -> throw Errno.ENXIO.exception();
                    case FileMode.S_IFCHR -> openDevice(task, inode, flags);
                    default -> inode.open(task, flags);
                };
        try {
            file.setFlags(ONCE, 0);
            file.setDeniedRights(denied);
            boolean regular = FileMode.S_ISREG(inode.mode());
            boolean direct = (flags & OpenFlags.O_DIRECT) != 0;
            if (direct && !(regular && inode.filesystem().opensDirect())) {
                throw Errno.EINVAL.exception();
            }
            if (regular) {
                count(file);
                if (!Leases.giveWay(task, inode, flags)) {
                    throw OpenInterrupted.INSTANCE;
                }
            }
            vfs.opened(file, place);
            boolean truncates = (flags & OpenFlags.O_TRUNC) != 0 && regular;
            if (truncates) {
                SetId.drop(task, inode);
                inode.truncate(0);
            }
            if (vfs.notifier().isActive()) {
                if (truncates) {
                    vfs.tell(place, InotifyFlags.IN_MODIFY);
                }
                vfs.tell(place, InotifyFlags.IN_OPEN);
            }
        } catch (dev.moat.abi.ErrnoException | OpenInterrupted | WaitSuspended e) {
            file.release();
            throw e;
        }
        return file;
    }

    /**
     * What the domain denies to the description for ever: hook_file_open(), security/landlock/fs.c.
     *
     * @param more needed besides what the flags ask for
     * @throws dev.moat.abi.ErrnoException EACCES
     */
    private static int deniedRights(LandlockDomain domain, Place place, int flags, int more) {
        int mode = place.inode().mode();
        int needed = more | neededRights(mode, flags);
        int optional = Landlock.LANDLOCK_ACCESS_FS_TRUNCATE;
        if (FileMode.S_ISCHR(mode) || FileMode.S_ISBLK(mode)) {
            optional |= Landlock.LANDLOCK_ACCESS_FS_IOCTL_DEV;
        }
        int denied = Confinement.denied(domain, place, needed | optional);
        boolean truncates = (flags & OpenFlags.O_TRUNC) != 0 && FileMode.S_ISREG(mode);
        int now = truncates ? needed | Landlock.LANDLOCK_ACCESS_FS_TRUNCATE : needed;
        if ((denied & now) != 0) {
            throw Errno.EACCES.exception();
        }
        return denied;
    }

    private static int neededRights(int mode, int flags) {
        return switch (flags & OpenFlags.O_ACCMODE) {
            case OpenFlags.O_RDONLY ->
                    FileMode.S_ISDIR(mode)
                            ? Landlock.LANDLOCK_ACCESS_FS_READ_DIR
                            : Landlock.LANDLOCK_ACCESS_FS_READ_FILE;
            case OpenFlags.O_WRONLY -> Landlock.LANDLOCK_ACCESS_FS_WRITE_FILE;
            case OpenFlags.O_RDWR ->
                    Landlock.LANDLOCK_ACCESS_FS_READ_FILE | Landlock.LANDLOCK_ACCESS_FS_WRITE_FILE;
            // for ioctl(2) only
            default -> 0;
        };
    }

    private static void count(FileDescription file) {
        if (file.isWritable()) {
            file.countAsWriter();
        } else {
            file.countAsReader();
        }
    }

    /**
     * A device number leads to its driver wherever the node lies; others are the file system's own
     * business.
     */
    private FileDescription openDevice(Task task, Inode inode, int flags) {
        long rdev = inode.attributes().rdev();
        CharacterDevice driver = devices.find(task.sandbox(), rdev);
        return driver == null ? inode.open(task, flags) : driver.open(task, inode, rdev, flags);
    }

    /** Whether files at {@code place} may be executed as far as the mount says. */
    public static boolean isExecutable(Place place) {
        return (place.mount().flags() & MountFlags.MS_NOEXEC) == 0;
    }
}

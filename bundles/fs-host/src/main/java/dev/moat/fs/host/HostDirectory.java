package dev.moat.fs.host;

import dev.moat.abi.At;
import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.RenameFlags;
import dev.moat.api.host.HostDirent;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostResult;
import dev.moat.api.host.HostStat;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * A host directory: every operation is one host call on one name relative to its own descriptor.
 */
@Stateful
final class HostDirectory extends HostInode {
    private static final int STAT_FLAGS = At.AT_SYMLINK_NOFOLLOW | At.AT_NO_AUTOMOUNT;

    HostDirectory(
            HostFilesystem filesystem, @Nullable HostDirectory parent, String name, HostStat stat) {
        super(filesystem, parent, name, stat);
    }

    @Override
    public @Nullable Inode lookup(String name) {
        HostStat stat = new HostStat();
        int result = statChild(name, stat);
        if (HostResult.is(result, Errno.ENOENT) || HostResult.is(result, Errno.ENAMETOOLONG)) {
            return null;
        }
        HostResult.orThrow(result);
        return isHidden(name, stat)
                ? host().hiddenDirectory(stat)
                : host().inodes().inode(this, name, stat);
    }

    private boolean isHidden(String name, HostStat stat) {
        if (host().hides(this, name) && FileMode.S_ISDIR(stat.mode)) {
            return true;
        }
        return stat.device != device() && PseudoFilesystems.hides(this, name, stat);
    }

    @Override
    public boolean revalidate(String name, @Nullable Inode child) {
        if (host().isLoose() || child instanceof HiddenDirectory) {
            return true;
        }
        HostStat stat = new HostStat();
        int result = statChild(name, stat);
        if (HostResult.failed(result)) {
            return child == null;
        }
        if (child instanceof HostInode known && known.isSame(stat) && known.isAt(this, name)) {
            known.learn(stat);
            return true;
        }
        // Also if it was last seen under another name: a new lookup makes this one known.
        return false;
    }

    @Override
    public Inode create(String name, int mode, long rdev, Owner owner) {
        int type = mode & FileMode.S_IFMT;
        int permissions = mode & ~FileMode.S_IFMT;
        switch (type) {
            case 0, FileMode.S_IFREG -> createRegular(name, permissions);
            case FileMode.S_IFIFO, FileMode.S_IFSOCK -> {
                change(fd -> files().makeNode(fd, name, mode, 0));
                change(fd -> files().changeMode(fd, name, permissions, At.AT_SYMLINK_NOFOLLOW));
            }
            // A device node on the host would outlive the sandbox with the host's meaning.
            default -> throw Errno.EPERM.exception();
        }
        return adopt(name, owner);
    }

    private void createRegular(String name, int permissions) {
        int flags =
                OpenFlags.O_CREAT | OpenFlags.O_EXCL | OpenFlags.O_WRONLY | OpenFlags.O_NOFOLLOW;
        int fd =
                (int)
                        change(directoryFd ->
                                files().openAt2(
                                                directoryFd,
                                                name,
                                                flags,
                                                permissions & 0777,
                                                HostFiles.RESOLVE_BENEATH));
        // The kernel host's own umask must not show.
        int result = files().changeMode(fd, permissions);
        files().close(fd);
        HostResult.orThrow(result);
    }

    @Override
    public Inode makeDirectory(String name, int mode, Owner owner) {
        int permissions = mode & ~FileMode.S_IFMT;
        change(fd -> files().makeDirectory(fd, name, permissions));
        change(fd -> files().changeMode(fd, name, permissions, At.AT_SYMLINK_NOFOLLOW));
        return adopt(name, owner);
    }

    @Override
    public Inode makeSymlink(String name, String target, Owner owner) {
        change(fd -> files().symlink(target, fd, name));
        return adopt(name, owner);
    }

    /**
     * Gives a new entry its owner. A kernel host without CAP_CHOWN keeps its own: the operator
     * chose to run it that way.
     */
    private Inode adopt(String name, Owner owner) {
        HostStat stat = new HostStat();
        HostResult.orThrow(statChild(name, stat));
        if (stat.uid != owner.uid() || stat.gid != owner.gid()) {
            long result =
                    onHandle(fd ->
                            files().changeOwner(
                                            fd,
                                            name,
                                            owner.uid(),
                                            owner.gid(),
                                            At.AT_SYMLINK_NOFOLLOW));
            if (!HostResult.failed(result)) {
                HostResult.orThrow(statChild(name, stat));
            }
        }
        return host().inodes().inode(this, name, stat);
    }

    @Override
    public void link(String name, Inode target) {
        if (!(target instanceof HostInode source)) {
            throw Errno.EXDEV.exception();
        }
        HostDirectory from = source.parent();
        if (from == null) {
            throw Errno.EXDEV.exception();
        }
        change(fd -> from.onHandle(fromFd -> files().link(fromFd, source.name(), fd, name, 0)));
        refresh(source);
    }

    @Override
    public void unlink(String name) {
        HostRegular mapped = mappedChild(name);
        change(fd -> files().unlink(fd, name, 0));
        if (mapped != null) {
            mapped.dropUnlinked();
        }
    }

    @Override
    public void removeDirectory(String name) {
        change(fd -> files().unlink(fd, name, At.AT_REMOVEDIR));
    }

    @Override
    public void rename(String name, Inode newParent, String newName, int flags) {
        if (!(newParent instanceof HostDirectory target) || target.host() != host()) {
            throw Errno.EXDEV.exception();
        }
        if ((flags & RenameFlags.RENAME_WHITEOUT) != 0) {
            throw Errno.EINVAL.exception();
        }
        HostRegular replaced = target.mappedChild(newName);
        change(fd ->
                target.onHandle(targetFd -> files().rename(fd, name, targetFd, newName, flags)));
        if (replaced != null) {
            replaced.dropUnlinked();
        }
        target.noteMoved(newName);
        if ((flags & RenameFlags.RENAME_EXCHANGE) != 0) {
            noteMoved(name);
        }
    }

    private void noteMoved(String name) {
        HostStat stat = new HostStat();
        if (!HostResult.failed(statChild(name, stat))) {
            host().inodes().inode(this, name, stat);
        }
    }

    private static void refresh(HostInode inode) {
        HostStat stat = new HostStat();
        inode.statNow(stat);
        inode.learn(stat);
    }

    @Override
    public FileDescription open(Task task, int flags) {
        int fd = openSelf(OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        return new HostDirectoryStream(this, fd, flags);
    }

    @Override
    public void listEntries(FileDescription.DirectorySink sink) {
        int fd = openSelf(OpenFlags.O_RDONLY | OpenFlags.O_DIRECTORY);
        try {
            List<HostDirent> batch = new ArrayList<>();
            while (HostResult.orThrow(files().readDirectory(fd, batch)) > 0) {
                for (HostDirent entry : batch) {
                    if (!entry.name().equals(".")
                            && !entry.name().equals("..")
                            && !sink.entry(
                                    entry.name(), entry.inode(), entry.type(), entry.offset())) {
                        return;
                    }
                }
                batch.clear();
            }
        } finally {
            files().close(fd);
        }
    }

    /** The file of that name if pages of it are kept, whose last name may be about to go. */
    private @Nullable HostRegular mappedChild(String name) {
        HostStat stat = new HostStat();
        boolean regular = !HostResult.failed(statChild(name, stat)) && FileMode.S_ISREG(stat.mode);
        return regular
                        && host().inodes().inode(this, name, stat) instanceof HostRegular file
                        && file.content() != null
                ? file
                : null;
    }

    private int statChild(String name, HostStat stat) {
        return (int) onHandle(fd -> files().stat(fd, name, STAT_FLAGS, stat));
    }

    private long change(IntToLongFunction call) {
        checkWritable();
        return HostResult.orThrow(onHandle(call));
    }

    private long onHandle(IntToLongFunction call) {
        int fd = host().handles().acquire(this);
        try {
            return call.applyAsLong(fd);
        } finally {
            host().handles().release(this);
        }
    }
}

package dev.moat.fs.fuse;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.FileMode;
import dev.moat.abi.Fuse;
import dev.moat.abi.OpenFlags;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import java.util.LinkedHashMap;
import org.jspecify.annotations.Nullable;

/** A directory of a server. How long its names hold is noted here; the names are the VFS'. */
@Stateful
final class FuseDirectory extends FuseInode {
    /** Names whose time is kept; of others the server is asked. */
    private static final int MOST_NAMES = 4096;

    private static final int OPEN_BYTES = 16;

    private final RankedLock lock = new RankedLock(LockRank.TASK);

    /** The names that were last heard of; the oldest first. Guarded by the lock. */
    private final LinkedHashMap<String, Heard> names = new LinkedHashMap<>();

    /**
     * A name.
     *
     * @param untilNs until when it holds
     * @param listed what it leads to, of a name that was listed and not looked up yet: lives until
     *     then
     */
    private record Heard(long node, long untilNs, @Nullable FuseInode listed) {}

    /** Somebody has looked names up since it was listed: fuse_advise_use_readdirplus(). */
    private volatile boolean looksUp;

    FuseDirectory(FuseFilesystem filesystem, FuseEntry entry, FuseAttributes attributes) {
        super(filesystem, entry, attributes);
    }

    @Override
    public @Nullable Inode lookup(String name) {
        server().checkAdmits();
        looksUp = true;
        FuseInode listed = takeListed(name);
        if (listed != null) {
            return listed;
        }
        Answer answer;
        try {
            answer =
                    call(
                            FuseRequest.of(
                                    Fuse.FUSE_LOOKUP,
                                    node(),
                                    new Body().name(name),
                                    FuseEntry.BYTES));
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENOENT) {
                return null;
            }
            throw e;
        }
        FuseEntry entry = FuseEntry.read(answer, server().monotonicNs());
        if (entry.node() == 0) {
            remember(name, entry);
            return null;
        }
        FuseInode found = server().nodes().found(entry, answer);
        remember(name, entry);
        return found;
    }

    /** A server may say of what is not there how long that holds; an error says nothing. */
    @Override
    public boolean revalidate(String name, @Nullable Inode child) {
        lock.lock();
        try {
            Heard heard = names.get(name);
            boolean known =
                    heard != null
                            && heard.untilNs() > server().monotonicNs()
                            && heard.node() == nodeOf(child);
            if (known) {
                return true;
            }
        } finally {
            lock.unlock();
        }
        return child != null && lookup(name) == child;
    }

    /** A link may lead to a node of its own, whatever it was made of. */
    private static long nodeOf(@Nullable Inode child) {
        return child instanceof FuseInode inode ? inode.node() : 0;
    }

    /** A name that was listed, if that still holds; from here on the VFS has it. */
    private @Nullable FuseInode takeListed(String name) {
        lock.lock();
        try {
            Heard heard = names.get(name);
            if (heard == null || heard.listed() == null) {
                return null;
            }
            names.put(name, new Heard(heard.node(), heard.untilNs(), null));
            return heard.untilNs() > server().monotonicNs() ? heard.listed() : null;
        } finally {
            lock.unlock();
        }
    }

    /** Whether a listing should bring the entries, too: fuse_use_readdirplus(). */
    boolean wantsEntries(long position) {
        FuseConnection connection = server().connection();
        if (!connection.has(Fuse.FUSE_DO_READDIRPLUS)) {
            return false;
        }
        boolean looked = looksUp;
        looksUp = false;
        return looked || position == 0 || !connection.has(Fuse.FUSE_READDIRPLUS_AUTO);
    }

    /** A name was listed with what it leads to: fuse_direntplus_link(). */
    void listed(String name, FuseEntry entry, Answer answer) {
        FuseInode inode = server().nodes().found(entry, answer);
        remember(name, entry, inode);
    }

    private void remember(String name, FuseEntry entry) {
        remember(name, entry, null);
    }

    private void remember(String name, FuseEntry entry, @Nullable FuseInode listed) {
        lock.lock();
        try {
            names.remove(name);
            names.put(name, new Heard(entry.node(), entry.validNs(), listed));
            if (names.size() > MOST_NAMES) {
                names.pollFirstEntry();
            }
        } finally {
            lock.unlock();
        }
    }

    /** The name, and what is known of this directory and of what it led to, may have changed. */
    void forgetName(String name) {
        Heard heard;
        lock.lock();
        try {
            heard = names.remove(name);
        } finally {
            lock.unlock();
        }
        FuseInode child = heard == null ? null : server().nodes().find(heard.node());
        if (child != null) {
            child.forgetAttributes();
        }
        forgetAttributes();
    }

    @Override
    public Inode create(String name, int mode, long rdev, Owner owner) {
        Body body = new Body().u32(mode).u32((int) rdev).u32(umask()).u32(0).name(name);
        return made(name, mode, FuseRequest.of(Fuse.FUSE_MKNOD, node(), body, FuseEntry.BYTES));
    }

    /** FUSE_CREATE makes and opens at once; the open file waits in the inode for its open(2). */
    @Override
    public Inode createToOpen(Task task, String name, int mode, Owner owner, int flags) {
        if (server().connection().isMissing(Fuse.FUSE_CREATE)) {
            return create(name, mode, 0, owner);
        }
        int told = FuseFile.toldFlags(flags) | OpenFlags.O_CREAT | flags & OpenFlags.O_EXCL;
        Body body = new Body().u32(told).u32(mode).u32(umask()).u32(0).name(name);
        Answer answer;
        try {
            answer =
                    call(
                            FuseRequest.of(
                                    Fuse.FUSE_CREATE, node(), body, FuseEntry.BYTES + OPEN_BYTES));
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENOSYS) {
                return create(name, mode, 0, owner);
            }
            throw e;
        }
        FuseInode inode = added(name, mode, answer);
        if (inode instanceof FuseRegular file) {
            long handle = answer.u64(FuseEntry.BYTES);
            int how = answer.u32(FuseEntry.BYTES + Long.BYTES);
            file.prepare(new FuseRegular.Prepared(task.tid(), handle, how));
        }
        return inode;
    }

    @Override
    public Inode makeDirectory(String name, int mode, Owner owner) {
        int told = mode & ~FileMode.S_IFMT;
        Body body = new Body().u32(told).u32(umask()).name(name);
        return made(
                name,
                FileMode.S_IFDIR,
                FuseRequest.of(Fuse.FUSE_MKDIR, node(), body, FuseEntry.BYTES));
    }

    @Override
    public Inode makeSymlink(String name, String target, Owner owner) {
        Body body = new Body().name(name).name(target);
        return made(
                name,
                FileMode.S_IFLNK,
                FuseRequest.of(Fuse.FUSE_SYMLINK, node(), body, FuseEntry.BYTES));
    }

    @Override
    public void link(String name, Inode target) {
        if (!(target instanceof FuseInode old) || old.server() != server()) {
            throw Errno.EXDEV.exception();
        }
        Body body = new Body().u64(old.node()).name(name);
        made(name, old.mode(), FuseRequest.of(Fuse.FUSE_LINK, node(), body, FuseEntry.BYTES));
        old.forgetAttributes();
    }

    private FuseInode made(String name, int mode, FuseRequest request) {
        return added(name, mode, call(request));
    }

    /** create_new_entry(): EIO if the server has made something else. */
    private FuseInode added(String name, int mode, Answer answer) {
        FuseEntry entry = FuseEntry.read(answer, server().monotonicNs());
        if (entry.node() == 0) {
            throw Errno.EIO.exception();
        }
        FuseInode inode = server().nodes().found(entry, answer);
        if (!inode.lastAttributes().isSameType(mode)) {
            throw Errno.EIO.exception();
        }
        remember(name, entry);
        forgetAttributes();
        return inode;
    }

    @Override
    public void unlink(String name) {
        call(FuseRequest.of(Fuse.FUSE_UNLINK, node(), new Body().name(name), 0));
        forgetName(name);
    }

    @Override
    public void removeDirectory(String name) {
        call(FuseRequest.of(Fuse.FUSE_RMDIR, node(), new Body().name(name), 0));
        forgetName(name);
    }

    @Override
    public void rename(String name, Inode newParent, String newName, int flags) {
        if (!(newParent instanceof FuseDirectory target) || target.server() != server()) {
            throw Errno.EXDEV.exception();
        }
        Body body = new Body().u64(target.node());
        if (flags != 0) {
            body.u32(flags).u32(0);
        }
        body.name(name).name(newName);
        int operation = flags != 0 ? Fuse.FUSE_RENAME2 : Fuse.FUSE_RENAME;
        try {
            if (server().connection().isMissing(operation)) {
                throw Errno.EINVAL.exception();
            }
            call(FuseRequest.of(operation, node(), body, 0));
        } catch (ErrnoException e) {
            boolean unknown = flags != 0 && e.errno() == Errno.ENOSYS;
            throw (unknown ? Errno.EINVAL : e.errno()).exception();
        }
        forgetName(name);
        target.forgetName(newName);
    }

    @Override
    public FileDescription open(Task task, int flags) {
        int told = FuseFile.toldFlags(flags);
        Body body = new Body().u32(told).u32(0);
        long handle = 0;
        boolean opened = false;
        if (!server().connection().isMissing(Fuse.FUSE_OPENDIR)) {
            try {
                Answer answer =
                        server().connection()
                                .call(
                                        task,
                                        FuseRequest.of(
                                                Fuse.FUSE_OPENDIR, node(), body, OPEN_BYTES));
                handle = answer.u64(0);
                opened = true;
            } catch (ErrnoException e) {
                if (e.errno() != Errno.ENOSYS) {
                    throw e;
                }
            }
        }
        return new FuseDirectoryStream(this, flags, handle, opened);
    }
}

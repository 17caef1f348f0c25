package dev.moat.vfs;

import dev.moat.abi.Errno;
import dev.moat.abi.MountFlags;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A file system that is being made: fsopen(2), fsconfig(2). Source: fs/fsopen.c. */
@Stateful
public final class MountContext extends FileDescription {
    private static final int READ_WRITE = 2;

    private final SandboxVfs vfs;
    private final Inode inode;
    private final String type;
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    /** Guarded by the lock, as all below. */
    private final Map<String, String> options = new LinkedHashMap<>();

    private String source = "";
    private boolean readOnly;
    private Phase phase = Phase.PARAMETERS;
    private @Nullable Tree tree;

    private enum Phase {
        PARAMETERS,
        CREATING,
        MADE,
        MOUNTED,
        FAILED
    }

    MountContext(SandboxVfs vfs, Inode inode, String type) {
        super(READ_WRITE);
        this.vfs = vfs;
        this.inode = inode;
        this.type = type;
    }

    @Override
    protected void closed() {
        Tree unused = tree;
        if (unused != null) {
            vfs.trees().closeIfUnused(unused);
        }
    }

    @Override
    public Inode inode() {
        return inode;
    }

    @Override
    public String anonymousName() {
        return "anon_inode:[fscontext]";
    }

    /** The log of messages: there are none. */
    @Override
    public long read(Task task, IoBuffer target) {
        return Errno.ENODATA.negated();
    }

    /**
     * FSCONFIG_SET_STRING, FSCONFIG_SET_FLAG with an empty value: EBUSY when it is too late,
     * EINVAL.
     */
    public void set(String key, String value) {
        lock.lock();
        try {
            checkLocked(Phase.PARAMETERS);
            switch (key) {
                case "source" -> {
                    if (!source.isEmpty()) {
                        throw Errno.EINVAL.exception();
                    }
                    source = value;
                }
                case "ro" -> readOnly = true;
                case "rw" -> readOnly = false;
                case "sync", "async", "dirsync", "lazytime", "nolazytime", "mand", "nomand" -> {
                    // flags of the superblock that change nothing in memory
                }
                default -> options.put(key, value);
            }
        } finally {
            lock.unlock();
        }
    }

    private void checkLocked(Phase wanted) {
        if (phase != wanted) {
            throw Errno.EBUSY.exception();
        }
    }

    /** FSCONFIG_CMD_CREATE: EBUSY, and what the type has against the options. */
    public void create(Task task) {
        Map<String, String> given;
        lock.lock();
        try {
            checkLocked(Phase.PARAMETERS);
            phase = Phase.CREATING;
            given = new LinkedHashMap<>(options);
        } finally {
            lock.unlock();
        }
        Tree made = null;
        try {
            made = vfs.mounter().open(task, type, source, given, readOnly);
        } finally {
            lock.lock();
            try {
                tree = made;
                phase = made == null ? Phase.FAILED : Phase.MADE;
            } finally {
                lock.unlock();
            }
        }
    }

    /**
     * fsmount(2): a mount that is nowhere yet.
     *
     * @param flags MS_*
     */
    public FileDescription mount(long flags) {
        Tree made;
        lock.lock();
        try {
            made = tree;
            if (phase != Phase.MADE || made == null) {
                throw (phase == Phase.MOUNTED ? Errno.EBUSY : Errno.EINVAL).exception();
            }
            phase = Phase.MOUNTED;
            tree = null;
        } finally {
            lock.unlock();
        }
        long all = flags | (readOnly ? MountFlags.MS_RDONLY : 0);
        String name = source.isEmpty() ? "none" : source;
        return vfs.mounter().hold(vfs.mountTable().create(made, made.root(), name, all));
    }
}

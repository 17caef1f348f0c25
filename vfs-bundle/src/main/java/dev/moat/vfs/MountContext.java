package dev.moat.vfs;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.FilesystemComplaint;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.OptionKind;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A file system that is being made or changed: fsopen(2), fspick(2), fsconfig(2). Source:
 * fs/fsopen.c, fs/fs_context.c.
 */
@Stateful
public final class MountContext extends FileDescription {
    private static final int READ_WRITE = 2;

    /** The ring of the log, include/linux/fs_context.h. */
    private static final int MOST_MESSAGES = 8;

    /** Options of an overlay that name one directory. */
    private static final Set<String> LAYERS = Set.of("lowerdir+", "upperdir", "workdir");

    private final SandboxVfs vfs;
    private final Inode inode;
    private final String type;
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    /** Guarded by the lock, as all below. */
    private final Map<String, String> options = new LinkedHashMap<>();

    private String source = "";
    private boolean readOnly;

    /** Whether ro or rw was set. */
    private boolean readOnlyGiven;

    private Phase phase = Phase.PARAMETERS;
    private @Nullable Tree tree;

    /** Whether the tree counts this as one of its users. */
    private boolean holdsTree;

    /** What went wrong, oldest first; null until something does. */
    private @Nullable List<String> messages;

    private enum Phase {
        PARAMETERS,
        CREATING,
        MADE,
        /** It has mounts already, and its options can be changed. */
        MOUNTED,
        FAILED
    }

    /** What a parameter is set to. */
    public sealed interface Value {
        /** FSCONFIG_SET_FLAG. */
        record None() implements Value {}

        /** FSCONFIG_SET_STRING. */
        record Text(String text) implements Value {}

        /** Bytes, a path or a descriptor. */
        record Other() implements Value {}
    }

    MountContext(SandboxVfs vfs, Inode inode, String type) {
        super(READ_WRITE);
        this.vfs = vfs;
        this.inode = inode;
        this.type = type;
    }

    /** One to change what is there: fspick(2). */
    static MountContext ofExisting(SandboxVfs vfs, Inode inode, Tree tree) {
        var context = new MountContext(vfs, inode, tree.filesystem().type().name());
        tree.retain();
        context.tree = tree;
        context.holdsTree = true;
        context.phase = Phase.MOUNTED;
        return context;
    }

    @Override
    public boolean hasWrite() {
        return false;
    }

    @Override
    protected void closed() {
        Tree last = tree;
        if (last != null && holdsTree) {
            vfs.trees().release(last);
        } else if (last != null) {
            vfs.trees().closeIfUnused(last);
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

    /** The oldest message of the log: ENODATA, EMSGSIZE. */
    @Override
    public long read(Task task, IoBuffer target) {
        lock.lock();
        try {
            List<String> log = messages;
            if (log == null || log.isEmpty()) {
                return Errno.ENODATA.negated();
            }
            byte[] message = log.getFirst().getBytes(StandardCharsets.ISO_8859_1);
            if (target.remaining() < message.length) {
                return Errno.EMSGSIZE.negated();
            }
            log.removeFirst();
            long moved = target.put(MemorySegment.ofArray(message), 0, message.length);
            return moved < message.length ? Errno.EFAULT.negated() : moved;
        } finally {
            lock.unlock();
        }
    }

    /** Notes what is wrong, and gives EINVAL to be thrown. */
    private RuntimeException complainLocked(String message) {
        List<String> log = messages;
        if (log == null) {
            log = new ArrayList<>();
            messages = log;
        }
        if (log.size() == MOST_MESSAGES) {
            log.removeFirst();
        }
        log.add("e " + message + "\n");
        return Errno.EINVAL.exception();
    }

    /** Sets a parameter: EBUSY when it is too late, EINVAL with a message in the log. */
    public void set(Task task, String key, Value value) {
        Map<String, OptionKind> known = vfs.trees().types().require(vfs.sandbox(), type).options();
        boolean directory = LAYERS.contains(key) && type.equals("overlay") && isLayer(task, value);
        lock.lock();
        try {
            if (phase != Phase.PARAMETERS && !canChangeLocked()) {
                throw Errno.EBUSY.exception();
            }
            switch (key) {
                case "ro", "rw" -> {
                    readOnly = key.equals("ro");
                    readOnlyGiven = true;
                }
                case "sync", "async", "dirsync", "lazytime", "nolazytime", "mand", "nomand" -> {
                    // flags of the superblock that change nothing in memory
                }
                default -> {
                    OptionKind kind = known.get(key);
                    if (kind != null) {
                        checkLayerLocked(key, value, directory);
                        setOptionLocked(key, kind, value);
                    } else if (key.equals("source")) {
                        setSourceLocked(value);
                    } else {
                        throw complainLocked(type + ": Unknown parameter '" + key + "'");
                    }
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /** False for what is no directory; a path that leads nowhere is ENOENT at once. */
    private boolean isLayer(Task task, Value value) {
        try {
            if (value instanceof Value.Text(String path) && !path.isEmpty()) {
                vfs.mounter().checkLayer(task, path);
            }
            return true;
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENOTDIR) {
                return false;
            }
            throw e;
        }
    }

    private void checkLayerLocked(String key, Value value, boolean directory) {
        if (!type.equals("overlay") || !LAYERS.contains(key)) {
            return;
        }
        if (!directory && value instanceof Value.Text(String path)) {
            throw complainLocked(type + ": " + path + " is not a directory");
        }
        if (key.equals("lowerdir+") && options.containsKey("lowerdir")) {
            throw complainLocked(type + ": lowerdir+ and datadir+ cannot follow lowerdir");
        }
    }

    private void setOptionLocked(String key, OptionKind kind, Value value) {
        Optional<String> complaint =
                switch (value) {
                    case Value.None _ -> kind.complaint(key, Optional.empty());
                    case Value.Text(String text) -> kind.complaint(key, Optional.of(text));
                    case Value.Other _ -> Optional.of(OptionKind.badValue(key));
                };
        if (complaint.isPresent()) {
            throw complainLocked(type + ": " + complaint.get());
        }
        Mounter.put(options, key, value instanceof Value.Text(String text) ? text : "");
    }

    private void setSourceLocked(Value value) {
        if (!(value instanceof Value.Text(String text))) {
            throw complainLocked("Non-string source");
        }
        if (!source.isEmpty()) {
            throw complainLocked("Multiple sources");
        }
        source = text;
    }

    private boolean canChangeLocked() {
        return phase == Phase.MOUNTED && tree != null;
    }

    /** FSCONFIG_CMD_CREATE: EBUSY, and what the type has against the options. */
    public void create(Task task) {
        Map<String, String> given;
        lock.lock();
        try {
            if (phase != Phase.PARAMETERS) {
                throw Errno.EBUSY.exception();
            }
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
     * FSCONFIG_CMD_RECONFIGURE: EBUSY; EPERM for who does not rule the file system; EINVAL with a
     * message in the log.
     */
    public void reconfigure(Task task) {
        lock.lock();
        try {
            Tree changed = tree;
            if (!canChangeLocked() || changed == null) {
                throw Errno.EBUSY.exception();
            }
            phase = Phase.FAILED;
            Mounter.checkOwner(task, changed);
            Confinement.checkMounting(task.credentials());
            try {
                if (!changed.filesystem().reconfigure(Map.copyOf(options)) && !options.isEmpty()) {
                    throw Errno.EINVAL.exception();
                }
            } catch (FilesystemComplaint e) {
                throw complainLocked(type + ": " + e.text());
            }
            if (readOnlyGiven) {
                changed.setReadOnly(readOnly);
            }
            forgetParametersLocked();
        } finally {
            lock.unlock();
        }
    }

    /** vfs_clean_context(): others can be set and applied from here on. */
    private void forgetParametersLocked() {
        options.clear();
        source = "";
        readOnlyGiven = false;
        phase = Phase.MOUNTED;
    }

    /**
     * fsmount(2): a mount that is nowhere yet.
     *
     * @param flags MS_*
     */
    public FileDescription mount(long flags) {
        Tree made;
        String name;
        lock.lock();
        try {
            made = tree;
            if (phase != Phase.MADE || made == null) {
                throw (phase == Phase.MOUNTED ? Errno.EBUSY : Errno.EINVAL).exception();
            }
            name = source.isEmpty() ? "none" : source;
            made.retain();
            holdsTree = true;
            forgetParametersLocked();
        } finally {
            lock.unlock();
        }
        return vfs.mounter().hold(vfs.mountTable().create(made, made.root(), name, flags));
    }
}

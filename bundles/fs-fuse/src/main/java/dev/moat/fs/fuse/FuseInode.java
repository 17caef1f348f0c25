package dev.moat.fs.fuse;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.FileMode;
import dev.moat.abi.Fuse;
import dev.moat.abi.XattrFlags;
import dev.moat.api.cgroup.PayingThread;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.AttributeChange;
import dev.moat.api.vfs.Attributes;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.Inode;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.atomic.AtomicLong;

/** What all files of a server have: attributes for as long as it says, extended attributes. */
@Stateful
abstract class FuseInode extends Inode {
    private static final int ATTRIBUTES_AT = 16;
    private static final int ATTRIBUTES_BYTES = ATTRIBUTES_AT + FuseAttributes.BYTES;
    private static final int SETATTR_PADDING = 0;
    private static final long SECOND_NS = 1_000_000_000L;

    private final FuseFilesystem filesystem;
    private final long node;
    private final long generation;

    /** How often the server has named it; given back when nobody knows it any more. */
    private final AtomicLong lookups = new AtomicLong();

    /** Replaced as a whole by whoever hears of newer ones; read without a lock. */
    private volatile FuseAttributes attributes;

    FuseInode(FuseFilesystem filesystem, FuseEntry entry, FuseAttributes attributes) {
        this.filesystem = filesystem;
        this.node = entry.node();
        this.generation = entry.generation();
        this.attributes = attributes;
    }

    final long node() {
        return node;
    }

    final AtomicLong lookups() {
        return lookups;
    }

    final FuseFilesystem server() {
        return filesystem;
    }

    final Answer call(FuseRequest request) {
        return filesystem.call(request);
    }

    /** Whether an answer is about this very file. */
    final boolean isSame(FuseEntry entry, FuseAttributes other) {
        return entry.node() == node
                && entry.generation() == generation
                && other.isSameType(attributes.mode());
    }

    final void learn(FuseAttributes newer) {
        attributes = newer;
    }

    /** The next question goes to the server. */
    final void forgetAttributes() {
        attributes = attributes.outdated();
    }

    /** What was last heard, without asking. */
    final FuseAttributes lastAttributes() {
        return attributes;
    }

    @Override
    public final Filesystem filesystem() {
        return filesystem;
    }

    @Override
    public final long number() {
        return attributes.number();
    }

    @Override
    public final int mode() {
        return attributes.mode();
    }

    @Override
    public final int uid() {
        return attributes.uid();
    }

    @Override
    public final int gid() {
        return attributes.gid();
    }

    @Override
    public final Attributes attributes() {
        filesystem.checkAdmits();
        return freshAttributes().toAttributes(filesystem.deviceId());
    }

    /** Attributes that hold now, from the server if need be. */
    final FuseAttributes freshAttributes() {
        FuseAttributes known = attributes;
        if (known.validNs() > filesystem.monotonicNs()) {
            return known;
        }
        Body body = new Body().u32(0).u32(0).u64(0);
        return learn(call(FuseRequest.of(Fuse.FUSE_GETATTR, node, body, ATTRIBUTES_BYTES)));
    }

    /** {@code struct fuse_attr_out}: EIO if the file has become another one. */
    private FuseAttributes learn(Answer answer) {
        long validNs = FuseAttributes.until(filesystem.monotonicNs(), answer.u64(0), answer.u32(8));
        FuseAttributes newer =
                FuseAttributes.read(
                        answer, ATTRIBUTES_AT, filesystem.connection().users(), validNs);
        if (!newer.isSameType(attributes.mode())) {
            throw Errno.EIO.exception();
        }
        attributes = newer;
        return newer;
    }

    @Override
    public Decision decide(Credentials who, int mask) {
        if (!filesystem.admits(who)) {
            return Decision.DENIED;
        }
        if (filesystem.options().checksModes()) {
            freshAttributes();
            return Decision.BY_MODE;
        }
        if ((mask & MAY_ACCESS) != 0) {
            return asksServer(mask & 7) ? Decision.PERMITTED : Decision.DENIED;
        }
        // Something that nobody may execute is not executed: fuse_permission().
        boolean runs = (mask & 1) != 0 && FileMode.S_ISREG(mode());
        return runs && (freshAttributes().mode() & 0111) == 0
                ? Decision.DENIED
                : Decision.PERMITTED;
    }

    /** FUSE_ACCESS; a server that does not have it permits all. */
    private boolean asksServer(int mask) {
        if (filesystem.connection().isMissing(Fuse.FUSE_ACCESS)) {
            return true;
        }
        try {
            call(FuseRequest.of(Fuse.FUSE_ACCESS, node, new Body().u32(mask).u32(0), 0));
            return true;
        } catch (ErrnoException e) {
            if (e.errno() == Errno.ENOSYS) {
                return true;
            }
            if (e.errno() == Errno.EACCES) {
                return false;
            }
            throw e;
        }
    }

    @Override
    public final void setAttributes(AttributeChange change) {
        int valid = 0;
        valid |= change.permissions().isPresent() ? Fuse.FATTR_MODE : 0;
        valid |= change.uid().isPresent() ? Fuse.FATTR_UID : 0;
        valid |= change.gid().isPresent() ? Fuse.FATTR_GID : 0;
        valid |= time(change.atimeNs(), Fuse.FATTR_ATIME, Fuse.FATTR_ATIME_NOW);
        valid |= time(change.mtimeNs(), Fuse.FATTR_MTIME, Fuse.FATTR_MTIME_NOW);
        int mode = mode() & FileMode.S_IFMT | change.permissions().orElse(0);
        set(
                valid,
                0,
                change,
                mode,
                change.uid().isPresent()
                        ? filesystem.connection().users().findUid(change.uid().getAsInt())
                        : 0,
                change.gid().isPresent()
                        ? filesystem.connection().users().findGid(change.gid().getAsInt())
                        : 0);
    }

    private static int time(OptionalLong wanted, int flag, int now) {
        if (wanted.isEmpty()) {
            return 0;
        }
        return wanted.getAsLong() == AttributeChange.NOW ? flag | now : flag;
    }

    /** FUSE_SETATTR. */
    private void set(
            int valid, long sizeBytes, AttributeChange change, int mode, int uid, int gid) {
        long atimeNs = timeOf(change.atimeNs());
        long mtimeNs = timeOf(change.mtimeNs());
        Body body =
                new Body()
                        .u32(valid)
                        .u32(SETATTR_PADDING)
                        .u64(0)
                        .u64(sizeBytes)
                        .u64(0)
                        .u64(Math.floorDiv(atimeNs, SECOND_NS))
                        .u64(Math.floorDiv(mtimeNs, SECOND_NS))
                        .u64(0)
                        .u32((int) Math.floorMod(atimeNs, SECOND_NS))
                        .u32((int) Math.floorMod(mtimeNs, SECOND_NS))
                        .u32(0)
                        .u32(mode)
                        .u32(0)
                        .u32(uid)
                        .u32(gid)
                        .u32(0);
        learn(call(FuseRequest.of(Fuse.FUSE_SETATTR, node, body, ATTRIBUTES_BYTES)));
    }

    /** The server knows itself when now is: a request that is made again must be the same. */
    private static long timeOf(OptionalLong wanted) {
        long time = wanted.orElse(0);
        return time == AttributeChange.NOW ? 0 : time;
    }

    final void setSize(long sizeBytes) {
        AttributeChange nothing = AttributeChange.times(OptionalLong.empty(), OptionalLong.empty());
        set(Fuse.FATTR_SIZE, sizeBytes, nothing, 0, 0, 0);
    }

    @Override
    public final byte[] getXattr(String name) {
        checkHas(Fuse.FUSE_GETXATTR);
        Body body = new Body().u32(XattrFlags.XATTR_SIZE_MAX).u32(0).name(name);
        Answer answer =
                xattr(FuseRequest.upTo(Fuse.FUSE_GETXATTR, node, body, XattrFlags.XATTR_SIZE_MAX));
        return answer.slice(0, answer.size());
    }

    @Override
    public final void setXattr(String name, byte[] value, int flags) {
        checkHas(Fuse.FUSE_SETXATTR);
        // The short form: what follows the flags is told to servers that have asked for it.
        Body body = new Body().u32(value.length).u32(flags).name(name).data(value);
        xattr(FuseRequest.of(Fuse.FUSE_SETXATTR, node, body, 0));
        forgetAttributes();
    }

    @Override
    public final void removeXattr(String name) {
        checkHas(Fuse.FUSE_REMOVEXATTR);
        xattr(FuseRequest.of(Fuse.FUSE_REMOVEXATTR, node, new Body().name(name), 0));
        forgetAttributes();
    }

    @Override
    public final List<String> listXattrs() {
        filesystem.checkAdmits();
        checkHas(Fuse.FUSE_LISTXATTR);
        Body body = new Body().u32(XattrFlags.XATTR_LIST_MAX).u32(0);
        Answer answer =
                xattr(FuseRequest.upTo(Fuse.FUSE_LISTXATTR, node, body, XattrFlags.XATTR_LIST_MAX));
        byte[] bytes = answer.slice(0, answer.size());
        List<String> names = new ArrayList<>();
        int start = 0;
        for (int i = 0; i < bytes.length; i++) {
            if (bytes[i] == 0) {
                if (i == start) {
                    throw Errno.EIO.exception();
                }
                names.add(FuseNames.text(java.util.Arrays.copyOfRange(bytes, start, i)));
                start = i + 1;
            }
        }
        if (start != bytes.length) {
            throw Errno.EIO.exception();
        }
        return names;
    }

    private void checkHas(int operation) {
        if (filesystem.connection().isMissing(operation)) {
            throw Errno.EOPNOTSUPP.exception();
        }
    }

    private Answer xattr(FuseRequest request) {
        try {
            return call(request);
        } catch (ErrnoException e) {
            throw (e.errno() == Errno.ENOSYS ? Errno.EOPNOTSUPP : e.errno()).exception();
        }
    }

    /** An operation that may be missing without harm. */
    final void callIfThere(FuseRequest request) {
        if (filesystem.connection().isMissing(request.operation())) {
            return;
        }
        try {
            call(request);
        } catch (ErrnoException e) {
            if (e.errno() != Errno.ENOSYS) {
                throw e;
            }
        }
    }

    static int umask() {
        Task task = PayingThread.current();
        return task == null ? 0 : task.fs().umask();
    }
}

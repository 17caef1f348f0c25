package dev.moat.fs.fuse;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.FileMode;
import dev.moat.abi.Fuse;
import dev.moat.abi.XattrFlags;
import dev.moat.api.cgroup.PayingThread;
import dev.moat.api.namespace.UserView;
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
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.UnaryOperator;

/** What all files of a server have: attributes for as long as it says, extended attributes. */
@Stateful
abstract class FuseInode extends Inode {
    private static final int ATTRIBUTES_AT = 16;
    private static final int ATTRIBUTES_BYTES = ATTRIBUTES_AT + FuseAttributes.BYTES;

    private final FuseFilesystem filesystem;
    private final long node;
    private final long generation;

    /** How often the server has named it; given back when nobody knows it any more. */
    private final AtomicLong lookups = new AtomicLong();

    /** Replaced as a whole by whoever hears of newer ones. */
    private final AtomicReference<FuseAttributes> attributes;

    FuseInode(FuseFilesystem filesystem, FuseEntry entry, FuseAttributes attributes) {
        this.filesystem = filesystem;
        this.node = entry.node();
        this.generation = entry.generation();
        this.attributes = new AtomicReference<>(attributes);
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
        return entry.node() == node && entry.generation() == generation && other.isSameType(mode());
    }

    /**
     * Takes attributes that the server has told, unless something newer is known.
     *
     * @param version when it was asked
     */
    final void learn(FuseAttributes newer, long version) {
        FuseAttributes stamped = newer.at(filesystem.connection().nextAttributeVersion());
        FuseAttributes old =
                attributes.getAndUpdate(known ->
                        known.version() > version ? known.outdated() : merged(known, stamped));
        if (old.version() <= version) {
            learnt(old, attributes.get());
        }
    }

    /** What is right of attributes that the server has told. */
    FuseAttributes merged(FuseAttributes known, FuseAttributes told) {
        return told;
    }

    /** The server has told attributes. */
    void learnt(FuseAttributes old, FuseAttributes now) {}

    /** Changes what is known; gives what was. */
    final FuseAttributes change(UnaryOperator<FuseAttributes> how) {
        return attributes.getAndUpdate(how);
    }

    /** The next question goes to the server. */
    final void forgetAttributes() {
        change(FuseAttributes::outdated);
    }

    /** What was last heard, without asking. */
    final FuseAttributes lastAttributes() {
        return attributes.get();
    }

    @Override
    public final Filesystem filesystem() {
        return filesystem;
    }

    @Override
    public final long number() {
        return attributes.get().number();
    }

    @Override
    public final int mode() {
        return attributes.get().mode();
    }

    @Override
    public final int uid() {
        return attributes.get().uid();
    }

    @Override
    public final int gid() {
        return attributes.get().gid();
    }

    @Override
    public final Attributes attributes() {
        filesystem.checkAdmits();
        return freshAttributes().toAttributes(filesystem.deviceId());
    }

    /** Attributes that hold now, from the server if need be. */
    final FuseAttributes freshAttributes() {
        FuseAttributes known = attributes.get();
        if (known.validNs() > filesystem.monotonicNs()) {
            return known;
        }
        Body body = new Body().u32(0).u32(0).u64(0);
        learn(call(FuseRequest.of(Fuse.FUSE_GETATTR, node, body, ATTRIBUTES_BYTES)));
        return attributes.get();
    }

    /** {@code struct fuse_attr_out}: EIO if the file has become another one. */
    private void learn(Answer answer) {
        learn(read(answer), answer.version());
    }

    private FuseAttributes read(Answer answer) {
        long validNs = FuseAttributes.until(filesystem.monotonicNs(), answer.u64(0), answer.u32(8));
        FuseAttributes newer =
                FuseAttributes.read(
                        answer, ATTRIBUTES_AT, filesystem.connection().users(), validNs);
        if (!newer.isSameType(mode())) {
            throw Errno.EIO.exception();
        }
        return newer;
    }

    @Override
    public boolean limitsSearch() {
        return true;
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
        UserView users = filesystem.connection().users();
        set(
                new FuseSetattr(
                        valid,
                        0,
                        0,
                        timeOf(change.atimeNs()),
                        timeOf(change.mtimeNs()),
                        0,
                        mode,
                        change.uid().isPresent() ? users.findUid(change.uid().getAsInt()) : 0,
                        change.gid().isPresent() ? users.findGid(change.gid().getAsInt()) : 0));
    }

    private static int time(OptionalLong wanted, int flag, int now) {
        if (wanted.isEmpty()) {
            return 0;
        }
        return wanted.getAsLong() == AttributeChange.NOW ? flag | now : flag;
    }

    /** FUSE_SETATTR. */
    final void set(FuseSetattr wanted) {
        beforeSet(wanted);
        Answer answer =
                call(FuseRequest.of(Fuse.FUSE_SETATTR, node, wanted.body(), ATTRIBUTES_BYTES));
        FuseAttributes told = read(answer);
        afterSet(wanted, told, answer.version());
    }

    /** The server is about to be told. */
    void beforeSet(FuseSetattr wanted) {}

    /** The server was told and has answered. */
    void afterSet(FuseSetattr wanted, FuseAttributes told, long version) {
        learn(told, version);
    }

    /** The server knows itself when now is: a request that is made again must be the same. */
    private static long timeOf(OptionalLong wanted) {
        long time = wanted.orElse(0);
        return time == AttributeChange.NOW ? 0 : time;
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

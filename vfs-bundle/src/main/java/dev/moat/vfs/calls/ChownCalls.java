package dev.moat.vfs.calls;

import dev.moat.abi.At;
import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.abi.InotifyFlags;
import dev.moat.api.namespace.IdMap;
import dev.moat.api.namespace.UserView;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.AttributeChange;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import dev.moat.vfs.FileFlags;
import dev.moat.vfs.Names;
import dev.moat.vfs.Place;
import dev.moat.vfs.SandboxVfs;
import dev.moat.vfs.SetId;
import java.util.OptionalInt;

/** {@code chown(2)}, {@code lchown(2)}, {@code fchown(2)}, {@code fchownat(2)}. */
public final class ChownCalls {
    /** No change, as uid or gid. */
    private static final int SAME = -1;

    @Syscall(nr = 92, name = "chown")
    public long chown(Task task, long path, int uid, int gid) {
        return fchownat(task, At.AT_FDCWD, path, uid, gid, 0);
    }

    @Syscall(nr = 94, name = "lchown")
    public long lchown(Task task, long path, int uid, int gid) {
        return fchownat(task, At.AT_FDCWD, path, uid, gid, At.AT_SYMLINK_NOFOLLOW);
    }

    @Syscall(nr = 93, name = "fchown")
    public long fchown(Task task, int fd, int uid, int gid) {
        FileDescription file = Args.file(task, fd);
        try {
            change(task, SandboxVfs.of(task).placeOf(file), uid, gid);
            return 0;
        } finally {
            file.release();
        }
    }

    @Syscall(nr = 260, name = "fchownat")
    public long fchownat(Task task, int dirfd, long path, int uid, int gid, int flags) {
        Args.checkFlags(flags, At.AT_SYMLINK_NOFOLLOW | At.AT_EMPTY_PATH);
        Place place =
                Args.require(
                        task,
                        dirfd,
                        Args.path(task, path),
                        (flags & At.AT_SYMLINK_NOFOLLOW) == 0,
                        (flags & At.AT_EMPTY_PATH) != 0);
        change(task, place, uid, gid);
        return 0;
    }

    private static void change(Task task, Place place, int givenUid, int givenGid) {
        Credentials who = place.viewer(task.credentials());
        boolean noUser = givenUid != SAME && who.space().meantUid(givenUid) == UserView.NONE;
        boolean noGroup = givenGid != SAME && who.space().meantGid(givenGid) == UserView.NONE;
        if (noUser || noGroup) {
            throw Errno.EINVAL.exception();
        }
        Names.checkWritable(place);
        Inode inode = place.inode();
        FileFlags.checkChange(inode);
        int uid = givenUid == SAME ? SAME : who.storedUid(givenUid);
        int gid = givenGid == SAME ? SAME : who.storedGid(givenGid);
        checkStorable(who, inode, givenUid, uid, givenGid, gid);
        check(who, place, uid, gid);
        int mode = inode.mode();
        int left = FileMode.S_ISDIR(mode) ? mode : SetId.without(mode);
        inode.setAttributes(
                AttributeChange.owner(
                        uid == SAME ? OptionalInt.empty() : OptionalInt.of(uid),
                        gid == SAME ? OptionalInt.empty() : OptionalInt.of(gid),
                        left == mode
                                ? OptionalInt.empty()
                                : OptionalInt.of(left & FileMode.S_IALLUGO)));
        SandboxVfs vfs = SandboxVfs.of(task);
        if (vfs.notifier().isActive()) {
            vfs.tell(place, InotifyFlags.IN_ATTRIB);
        }
    }

    /** EOVERFLOW if the file would have an owner that its mount does not show: notify_change(). */
    private static void checkStorable(
            Credentials who, Inode inode, int givenUid, int uid, int givenGid, int gid) {
        boolean lost = givenUid != SAME && uid == UserView.NONE;
        lost |= givenGid != SAME && gid == UserView.NONE;
        int uidAfter = givenUid == SAME ? inode.uid() : uid;
        int gidAfter = givenGid == SAME ? inode.gid() : gid;
        if (lost || !who.isShown(uidAfter, gidAfter)) {
            throw Errno.EOVERFLOW.exception();
        }
    }

    /**
     * An owner may pass a file to a group of its own and nothing else; who rules the file system,
     * give owners to what shows none: setattr_prepare().
     */
    private static void check(Credentials who, Place place, int uid, int gid) {
        Inode inode = place.inode();
        if (who.canOver(inode.uid(), inode.gid(), Capabilities.CAP_CHOWN)) {
            return;
        }
        boolean owner = who.fsUid() == inode.uid();
        boolean uidFine = uid == SAME || owner && uid == inode.uid();
        boolean gidFine = gid == SAME || owner && (gid == inode.gid() || who.isInGroup(gid));
        IdMap map = who.mapped();
        if (map != null && who.canIn(map.owner(), Capabilities.CAP_CHOWN)) {
            uidFine |= map.shownUid(inode.uid()) == UserView.NONE;
            gidFine |= map.shownGid(inode.gid()) == UserView.NONE;
        }
        if (!uidFine || !gidFine) {
            throw Errno.EPERM.exception();
        }
    }
}

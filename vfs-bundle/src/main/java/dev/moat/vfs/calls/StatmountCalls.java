package dev.moat.vfs.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.MemoryFlags;
import dev.moat.abi.MntIdReq;
import dev.moat.abi.Statmount;
import dev.moat.abi.StatmountFlags;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.vfs.MountStatus;
import dev.moat.vfs.MountView;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Arrays;

/** {@code statmount(2)}, {@code listmount(2)}: fs/namespace.c. */
public final class StatmountCalls {
    /** Unique ids are larger: MNT_UNIQUE_ID_OFFSET. */
    private static final long NO_ID = 1L << 31;

    private static final long MOST_MOUNTS = 1_000_000;

    @Syscall(nr = 457, name = "statmount")
    public long statmount(Task task, long requestAddr, long result, long sizeBytes, int flags) {
        Args.checkFlags(flags, 0);
        MntIdReq request = read(task, requestAddr);
        MountView view = MountView.of(task, request);
        Args.checkRange(result, sizeBytes);
        byte[] told =
                new MountStatus(
                                view,
                                view.find(request.mountId()),
                                request.parameter(),
                                task.credentials().space())
                        .collect();
        // An empty string alone is left out if there is no room.
        boolean strings = told.length > Statmount.SIZE + 1;
        if (strings && told.length > sizeBytes) {
            return Errno.EOVERFLOW.negated();
        }
        int length = strings ? told.length : (int) Math.min(sizeBytes, told.length);
        if (length >= Integer.BYTES) {
            MemorySegment.ofArray(told).set(ValueLayout.JAVA_INT_UNALIGNED, 0, length);
        }
        task.user().copyOut(result, Arrays.copyOf(told, length));
        return 0;
    }

    @Syscall(nr = 458, name = "listmount")
    public long listmount(Task task, long requestAddr, long ids, long count, int flags) {
        Args.checkFlags(flags, StatmountFlags.LISTMOUNT_REVERSE);
        if (Long.compareUnsigned(count, MOST_MOUNTS) > 0) {
            throw Errno.EOVERFLOW.exception();
        }
        Args.checkRange(ids, count * Long.BYTES);
        MntIdReq request = read(task, requestAddr);
        long last = request.parameter();
        if (last != 0 && Long.compareUnsigned(last, NO_ID) <= 0) {
            throw Errno.EINVAL.exception();
        }
        boolean reverse = (flags & StatmountFlags.LISTMOUNT_REVERSE) != 0;
        long[] found =
                MountView.of(task, request).below(request.mountId(), last, reverse, (int) count);
        byte[] bytes = new byte[found.length * Long.BYTES];
        for (int i = 0; i < found.length; i++) {
            MemorySegment.ofArray(bytes)
                    .set(ValueLayout.JAVA_LONG_UNALIGNED, (long) i * Long.BYTES, found[i]);
        }
        task.user().copyOut(ids, bytes);
        return found.length;
    }

    /** copy_mnt_id_req(): what is behind the known part must be zero. */
    private static MntIdReq read(Task task, long userAddr) {
        int size = task.user().readInt(userAddr);
        if (Integer.compareUnsigned(size, MemoryFlags.PAGE_SIZE) > 0) {
            throw Errno.E2BIG.exception();
        }
        if (size < StatmountFlags.MNT_ID_REQ_SIZE_VER0) {
            throw Errno.EINVAL.exception();
        }
        byte[] given = task.user().copyIn(userAddr, size);
        for (int i = (int) MntIdReq.SIZE; i < size; i++) {
            if (given[i] != 0) {
                throw Errno.E2BIG.exception();
            }
        }
        byte[] known = Arrays.copyOf(given, (int) MntIdReq.SIZE);
        MntIdReq request = MntIdReq.readFrom(MemorySegment.ofArray(known), 0);
        if (Long.compareUnsigned(request.mountId(), NO_ID) <= 0) {
            throw Errno.EINVAL.exception();
        }
        return request;
    }
}

package dev.moat.vfs.calls;

import dev.moat.abi.Errno;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/**
 * {@code lsm_list_modules}, {@code lsm_get_self_attr}, {@code lsm_set_self_attr}: the security
 * modules, which are capabilities and Landlock. Neither has attributes of a task. Source:
 * security/lsm_syscalls.c, Documentation/userspace-api/lsm.rst.
 */
public final class LsmCalls {
    /** LSM_ID_CAPABILITY, LSM_ID_LANDLOCK: include/uapi/linux/lsm.h. */
    private static final List<Long> MODULES = List.of(100L, 110L);

    /** LSM_FLAG_SINGLE: only the module that the context names. */
    private static final int SINGLE = 1;

    /** struct lsm_ctx: id, flags, len, ctx_len, and ctx. */
    private static final int CONTEXT_BYTES = 32;

    private static final int MOST_BYTES = 4096;

    @Syscall(nr = 461, name = "lsm_list_modules")
    public long lsmListModules(Task task, long idsAddr, long sizeAddr, int flags) {
        if (flags != 0) {
            throw Errno.EINVAL.exception();
        }
        int room = task.user().readInt(sizeAddr);
        int size = MODULES.size() * Long.BYTES;
        task.user().writeInt(sizeAddr, size);
        if (Integer.compareUnsigned(room, size) < 0) {
            throw Errno.E2BIG.exception();
        }
        for (int i = 0; i < MODULES.size(); i++) {
            task.user().writeLong(idsAddr + (long) i * Long.BYTES, MODULES.get(i));
        }
        return MODULES.size();
    }

    @Syscall(nr = 459, name = "lsm_get_self_attr")
    public long lsmGetSelfAttr(
            Task task, int attribute, long contextAddr, long sizeAddr, int flags) {
        if (attribute == 0 || sizeAddr == 0) {
            throw Errno.EINVAL.exception();
        }
        task.user().readInt(sizeAddr);
        if (flags != 0) {
            if (flags != SINGLE || contextAddr == 0) {
                throw Errno.EINVAL.exception();
            }
            byte[] context = task.user().copyIn(contextAddr, CONTEXT_BYTES);
            if (word(context, 0) == 0) {
                throw Errno.EINVAL.exception();
            }
        }
        task.user().writeInt(sizeAddr, 0);
        throw Errno.EOPNOTSUPP.exception();
    }

    @Syscall(nr = 460, name = "lsm_set_self_attr")
    public long lsmSetSelfAttr(Task task, int attribute, long contextAddr, int size, int flags) {
        if (flags != 0 || Integer.compareUnsigned(size, CONTEXT_BYTES) < 0) {
            throw Errno.EINVAL.exception();
        }
        if (Integer.compareUnsigned(size, MOST_BYTES) > 0) {
            throw Errno.E2BIG.exception();
        }
        byte[] context = task.user().copyIn(contextAddr, size);
        long length = word(context, 2);
        long needed = word(context, 3) + CONTEXT_BYTES;
        if (Long.compareUnsigned(length, size) > 0
                || Long.compareUnsigned(needed, CONTEXT_BYTES) < 0
                || Long.compareUnsigned(length, needed) < 0) {
            throw Errno.EINVAL.exception();
        }
        throw Errno.EOPNOTSUPP.exception();
    }

    private static long word(byte[] struct, int index) {
        return ByteBuffer.wrap(struct).order(ByteOrder.LITTLE_ENDIAN).getLong(index * Long.BYTES);
    }
}

package dev.moat.host;

import dev.moat.abi.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Native memory for the arguments of one call: two strings and a structure. Borrowed from a {@link
 * ScratchPool} for the length of the call, by one thread.
 */
final class Scratch implements AutoCloseable {
    /**
     * {@code PATH_MAX}, include/uapi/linux/limits.h; also the largest attribute name or directory
     * read here.
     */
    private static final int STRING_BYTES = 4096;

    private static final int STRUCT_BYTES = 64 * 1024;

    private final ScratchPool pool;
    private final MemorySegment memory;
    private final MemorySegment struct;
    private int nextString;

    Scratch(ScratchPool pool) {
        this.pool = pool;
        // freed by the collector when the pool drops the scratch
        memory = Arena.ofAuto().allocate(2L * STRING_BYTES + STRUCT_BYTES, 64);
        struct = memory.asSlice(2L * STRING_BYTES, STRUCT_BYTES);
    }

    /** Address of {@code text} as a C string; at most two per borrowing. */
    long string(String text) {
        int length = text.length();
        if (length >= STRING_BYTES) {
            throw Errno.ENAMETOOLONG.exception();
        }
        if (text.indexOf('\0') >= 0) {
            throw Errno.EINVAL.exception();
        }
        long at = (long) nextString * STRING_BYTES;
        nextString++;
        for (int i = 0; i < length; i++) {
            memory.set(ValueLayout.JAVA_BYTE, at + i, (byte) text.charAt(i));
        }
        memory.set(ValueLayout.JAVA_BYTE, at + length, (byte) 0);
        return memory.address() + at;
    }

    /** 64 KiB for structures and bounced data; old contents. */
    MemorySegment struct() {
        return struct;
    }

    @Override
    public void close() {
        nextString = 0;
        pool.giveBack(this);
    }
}

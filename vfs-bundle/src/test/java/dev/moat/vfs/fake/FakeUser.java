package dev.moat.vfs.fake;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.abi.Errno;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.KernelBuffer;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;

/** Guest memory of 1 MiB from {@link #BASE} on; addresses below and above fault. */
public final class FakeUser {
    public static final long BASE = 0x10000;

    private final MemorySegment memory = MemorySegment.ofArray(new byte[1 << 20]);
    private long next = BASE;

    /** Puts a string with its NUL somewhere; gives its address. */
    public long put(String text) {
        byte[] bytes = (text + "\0").getBytes(StandardCharsets.ISO_8859_1);
        long at = room(bytes.length);
        MemorySegment.copy(bytes, 0, memory, JAVA_BYTE, at - BASE, bytes.length);
        return at;
    }

    /** Address of {@code length} bytes that nobody else uses. */
    public long room(long length) {
        long at = next;
        next = next + length + 15 & ~15L;
        return at;
    }

    /** Bytes as a string. */
    public String text(long at, long length) {
        byte[] bytes = memory.asSlice(at - BASE, length).toArray(JAVA_BYTE);
        return new String(bytes, StandardCharsets.ISO_8859_1);
    }

    private long check(long at, long length) {
        if (at < BASE || at + length > BASE + memory.byteSize()) {
            throw Errno.EFAULT.exception();
        }
        return at - BASE;
    }

    public byte readByte(long at) {
        return memory.get(JAVA_BYTE, check(at, 1));
    }

    public int readInt(long at) {
        return memory.get(JAVA_INT_UNALIGNED, check(at, 4));
    }

    public long readLong(long at) {
        return memory.get(JAVA_LONG_UNALIGNED, check(at, 8));
    }

    public void writeInt(long at, int value) {
        memory.set(JAVA_INT_UNALIGNED, check(at, 4), value);
    }

    public void writeLong(long at, long value) {
        memory.set(JAVA_LONG_UNALIGNED, check(at, 8), value);
    }

    public void copyIn(long at, MemorySegment target, long offset, long length) {
        MemorySegment.copy(memory, check(at, length), target, offset, length);
    }

    public void copyOut(long at, MemorySegment source, long offset, long length) {
        MemorySegment.copy(source, offset, memory, check(at, length), length);
    }

    public String readString(long at, int limit) {
        StringBuilder text = new StringBuilder();
        for (long i = at; ; i++) {
            byte next = readByte(i);
            if (next == 0) {
                return text.toString();
            }
            if (text.length() + 1 >= limit) {
                throw Errno.ENAMETOOLONG.exception();
            }
            text.append((char) (next & 0xff));
        }
    }

    public IoBuffer buffer(long at, long length) {
        return new KernelBuffer(memory.asSlice(check(at, length), length));
    }
}

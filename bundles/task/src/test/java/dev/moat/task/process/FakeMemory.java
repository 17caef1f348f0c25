package dev.moat.task.process;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.abi.Errno;
import dev.moat.api.mm.HugePageUse;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.MemoryKey;
import dev.moat.api.mm.MemoryManager;
import dev.moat.api.mm.UserMemory;
import dev.moat.api.platform.AddressSpace;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** A guest address space of 1 MiB that starts at {@link #BASE}. */
final class FakeMemory implements UserMemory {
    static final long BASE = 0x10000;
    static final int BYTES = 1 << 20;

    private static final AtomicLong IDS = new AtomicLong();

    private final MemorySegment bytes;
    private final long id = IDS.incrementAndGet();
    private final AtomicInteger users = new AtomicInteger(1);
    private final AddressSpace space = Fakes.fake(AddressSpace.class, (method, arguments) -> null);

    FakeMemory() {
        this(MemorySegment.ofArray(new byte[BYTES]));
    }

    private FakeMemory(MemorySegment bytes) {
        this.bytes = bytes;
    }

    MemoryManager manager() {
        return Fakes.fake(
                MemoryManager.class,
                (method, arguments) ->
                        switch (method) {
                            case "id" -> id;
                            case "user" -> this;
                            case "addressSpace" -> space;
                            case "users" -> users.get();
                            case "retain" -> {
                                users.incrementAndGet();
                                yield null;
                            }
                            case "release" -> {
                                users.decrementAndGet();
                                yield null;
                            }
                            case "setLimits", "setHugePageUse" -> null;
                            case "hugePageUse" -> HugePageUse.ALLOWED;
                            case "stats" -> MemoryManager.MemoryStats.NONE;
                            case "fork" -> copy().manager();
                            case "handleFault" -> MemoryManager.FaultResult.NOT_MAPPED;
                            default -> throw Fakes.unexpected(method);
                        });
    }

    private FakeMemory copy() {
        byte[] copy = bytes.toArray(JAVA_BYTE);
        return new FakeMemory(MemorySegment.ofArray(copy));
    }

    private long at(long userAddr, long length) {
        long offset = userAddr - BASE;
        if (offset < 0 || length < 0 || offset + length > BYTES) {
            throw Errno.EFAULT.exception();
        }
        return offset;
    }

    @Override
    public byte readByte(long userAddr) {
        return bytes.get(JAVA_BYTE, at(userAddr, 1));
    }

    @Override
    public int readInt(long userAddr) {
        return bytes.get(JAVA_INT_UNALIGNED, at(userAddr, 4));
    }

    @Override
    public long readLong(long userAddr) {
        return bytes.get(JAVA_LONG_UNALIGNED, at(userAddr, 8));
    }

    @Override
    public void writeByte(long userAddr, byte value) {
        bytes.set(JAVA_BYTE, at(userAddr, 1), value);
    }

    @Override
    public void writeInt(long userAddr, int value) {
        bytes.set(JAVA_INT_UNALIGNED, at(userAddr, 4), value);
    }

    @Override
    public void writeLong(long userAddr, long value) {
        bytes.set(JAVA_LONG_UNALIGNED, at(userAddr, 8), value);
    }

    @Override
    public void copyIn(long userAddr, MemorySegment target, long offset, long lengthBytes) {
        MemorySegment.copy(bytes, at(userAddr, lengthBytes), target, offset, lengthBytes);
    }

    @Override
    public void copyOut(long userAddr, MemorySegment source, long offset, long lengthBytes) {
        MemorySegment.copy(source, offset, bytes, at(userAddr, lengthBytes), lengthBytes);
    }

    @Override
    public long copyInPartial(long userAddr, MemorySegment target, long offset, long lengthBytes) {
        throw Fakes.unexpected("copyInPartial");
    }

    @Override
    public long copyOutPartial(long userAddr, MemorySegment source, long offset, long lengthBytes) {
        throw Fakes.unexpected("copyOutPartial");
    }

    @Override
    public void clear(long userAddr, long lengthBytes) {
        bytes.asSlice(at(userAddr, lengthBytes), lengthBytes).fill((byte) 0);
    }

    @Override
    public String readString(long userAddr, int limitBytes) {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < limitBytes; i++) {
            byte next = readByte(userAddr + i);
            if (next == 0) {
                return text.toString();
            }
            text.append(new String(new byte[] {next}, StandardCharsets.ISO_8859_1));
        }
        throw Errno.ENAMETOOLONG.exception();
    }

    @Override
    public synchronized int compareAndExchangeInt(long userAddr, int expected, int replacement) {
        int found = readInt(userAddr);
        if (found == expected) {
            writeInt(userAddr, replacement);
        }
        return found;
    }

    @Override
    public synchronized int readIntVolatile(long userAddr) {
        return readInt(userAddr);
    }

    @Override
    public MemoryKey keyOf(long userAddr) {
        return new MemoryKey(id, at(userAddr, 4));
    }

    @Override
    public IoBuffer buffer(long userAddr, long lengthBytes) {
        throw Fakes.unexpected("buffer");
    }

    @Override
    public IoBuffer buffer(long iovecUserAddr, int count, BufferUse use) {
        throw Fakes.unexpected("buffer");
    }

    @Override
    public IoBuffer buffer(MemorySegment iovecs, int count, BufferUse use) {
        throw Fakes.unexpected("buffer");
    }
}

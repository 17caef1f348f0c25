package dev.moat.mm;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.abi.Errno;
import dev.moat.abi.Limits;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.MemoryKey;
import dev.moat.api.mm.MemoryManager.FaultResult;
import dev.moat.api.mm.UserMemory;
import dev.moat.api.platform.Access;
import dev.moat.api.swap.Derived;
import dev.moat.api.swap.Stateful;
import dev.moat.mm.FaultHandler.Origin;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * {@link UserMemory}: walks the page table without a lock and touches the page through the memory
 * file's view. Reads validate afterwards that the table did not change; writes hold the pages lock
 * shared, since they cannot be taken back.
 */
@Stateful
final class GuestMemory implements UserMemory {
    private static final VarHandle INT = JAVA_INT.varHandle();
    private static final VarHandle SPARE = spareHandle();
    private static final long IN_CHUNK = ChunkedMemoryFile.CHUNK_BYTES - 1;

    /** Bytes that are copied under one acquisition of the pages lock. */
    private static final long STEP_BYTES = 1L << 20;

    private final Space space;
    private final FaultHandler faults;

    /** A released buffer for the next call that needs one; taken and put back atomically. */
    @Derived("a new one")
    @SuppressWarnings("unused") // by SPARE
    private volatile @Nullable UserBuffer spare;

    GuestMemory(Space space, FaultHandler faults) {
        this.space = space;
        this.faults = faults;
    }

    private static VarHandle spareHandle() {
        try {
            return MethodHandles.lookup()
                    .findVarHandle(GuestMemory.class, "spare", UserBuffer.class);
        } catch (ReflectiveOperationException e) {
            throw new ExceptionInInitializerError(e);
        }
    }

    /** Makes a page accessible as a guest's access would; false if it cannot be. */
    boolean resolve(long address, boolean write) {
        return resolve(address, write ? Access.WRITE : Access.READ, Origin.KERNEL);
    }

    private boolean resolve(long address, Access access, Origin origin) {
        return faults.handle(address, access, false, origin) == FaultResult.RESOLVED;
    }

    /** {@link #resolve} for somebody who pins the page. */
    boolean resolvePinned(long address, Access access) {
        return faults.pin(address, access) == FaultResult.RESOLVED;
    }

    private void resolveOrThrow(long address, boolean write) {
        if (!resolve(address, write)) {
            throw Errno.EFAULT.exception();
        }
    }

    private boolean isUser(long address) {
        return address >= 0 && address < space.high;
    }

    /** Offset in its chunk of an address whose page entry is known. */
    private static long inChunk(long entry, long address) {
        return (Pte.offset(entry) | address & Pages.MASK) & IN_CHUNK;
    }

    private MemorySegment chunk(long entry) {
        return space.file.chunk(entry);
    }

    /** Begins a read of the table for a user address. */
    private long begin(long userAddr) {
        if (!isUser(userAddr)) {
            throw Errno.EFAULT.exception();
        }
        return space.pages.beginRead();
    }

    @Override
    public byte readByte(long userAddr) {
        while (true) {
            long stamp = begin(userAddr);
            long entry = space.table.get(userAddr);
            boolean there = Pte.is(entry, Pte.READ);
            byte value = there ? chunk(entry).get(JAVA_BYTE, inChunk(entry, userAddr)) : 0;
            if (space.pages.endRead(stamp)) {
                if (there) {
                    return value;
                }
                resolveOrThrow(userAddr, false);
            }
        }
    }

    @Override
    public int readInt(long userAddr) {
        if ((userAddr & Pages.MASK) > Pages.BYTES - 4) {
            return MemorySegment.ofArray(copyIn(userAddr, 4)).get(JAVA_INT_UNALIGNED, 0);
        }
        while (true) {
            long stamp = begin(userAddr);
            long entry = space.table.get(userAddr);
            boolean there = Pte.is(entry, Pte.READ);
            int value = there ? chunk(entry).get(JAVA_INT_UNALIGNED, inChunk(entry, userAddr)) : 0;
            if (space.pages.endRead(stamp)) {
                if (there) {
                    return value;
                }
                resolveOrThrow(userAddr, false);
            }
        }
    }

    @Override
    public long readLong(long userAddr) {
        if ((userAddr & Pages.MASK) > Pages.BYTES - 8) {
            return MemorySegment.ofArray(copyIn(userAddr, 8)).get(JAVA_LONG_UNALIGNED, 0);
        }
        while (true) {
            long stamp = begin(userAddr);
            long entry = space.table.get(userAddr);
            boolean there = Pte.is(entry, Pte.READ);
            long value =
                    there ? chunk(entry).get(JAVA_LONG_UNALIGNED, inChunk(entry, userAddr)) : 0;
            if (space.pages.endRead(stamp)) {
                if (there) {
                    return value;
                }
                resolveOrThrow(userAddr, false);
            }
        }
    }

    @Override
    public void writeByte(long userAddr, byte value) {
        while (true) {
            if (isUser(userAddr)) {
                long stamp = space.pages.readLock();
                try {
                    long entry = space.table.get(userAddr);
                    if (Pte.is(entry, Pte.WRITE)) {
                        chunk(entry).set(JAVA_BYTE, inChunk(entry, userAddr), value);
                        return;
                    }
                } finally {
                    space.pages.unlockRead(stamp);
                }
            }
            resolveOrThrow(userAddr, true);
        }
    }

    @Override
    public void writeInt(long userAddr, int value) {
        if ((userAddr & Pages.MASK) > Pages.BYTES - 4) {
            MemorySegment bytes = MemorySegment.ofArray(new byte[4]);
            bytes.set(JAVA_INT_UNALIGNED, 0, value);
            copyOut(userAddr, bytes, 0, 4);
            return;
        }
        while (true) {
            if (isUser(userAddr)) {
                long stamp = space.pages.readLock();
                try {
                    long entry = space.table.get(userAddr);
                    if (Pte.is(entry, Pte.WRITE)) {
                        chunk(entry).set(JAVA_INT_UNALIGNED, inChunk(entry, userAddr), value);
                        return;
                    }
                } finally {
                    space.pages.unlockRead(stamp);
                }
            }
            resolveOrThrow(userAddr, true);
        }
    }

    @Override
    public void writeLong(long userAddr, long value) {
        if ((userAddr & Pages.MASK) > Pages.BYTES - 8) {
            MemorySegment bytes = MemorySegment.ofArray(new byte[8]);
            bytes.set(JAVA_LONG_UNALIGNED, 0, value);
            copyOut(userAddr, bytes, 0, 8);
            return;
        }
        while (true) {
            if (isUser(userAddr)) {
                long stamp = space.pages.readLock();
                try {
                    long entry = space.table.get(userAddr);
                    if (Pte.is(entry, Pte.WRITE)) {
                        chunk(entry).set(JAVA_LONG_UNALIGNED, inChunk(entry, userAddr), value);
                        return;
                    }
                } finally {
                    space.pages.unlockRead(stamp);
                }
            }
            resolveOrThrow(userAddr, true);
        }
    }

    @Override
    public void copyIn(long userAddr, MemorySegment target, long offset, long lengthBytes) {
        if (copyInPartial(userAddr, target, offset, lengthBytes) < lengthBytes) {
            throw Errno.EFAULT.exception();
        }
    }

    @Override
    public void copyOut(long userAddr, MemorySegment source, long offset, long lengthBytes) {
        if (copyOutPartial(userAddr, source, offset, lengthBytes) < lengthBytes) {
            throw Errno.EFAULT.exception();
        }
    }

    @Override
    public long copyInPartial(long userAddr, MemorySegment target, long offset, long lengthBytes) {
        return copyIn(userAddr, target, offset, lengthBytes, Origin.KERNEL);
    }

    @Override
    public long copyOutPartial(long userAddr, MemorySegment source, long offset, long lengthBytes) {
        return copyOut(userAddr, source, offset, lengthBytes, Origin.KERNEL);
    }

    @Override
    public long copyInNoWait(long userAddr, MemorySegment target, long offset, long lengthBytes) {
        return copyIn(userAddr, target, offset, lengthBytes, Origin.LOCKED_KERNEL);
    }

    @Override
    public long copyOutNoWait(long userAddr, MemorySegment source, long offset, long lengthBytes) {
        return copyOut(userAddr, source, offset, lengthBytes, Origin.LOCKED_KERNEL);
    }

    private long copyIn(
            long userAddr, MemorySegment target, long offset, long lengthBytes, Origin origin) {
        long done = 0;
        while (done < lengthBytes) {
            done += readResident(userAddr + done, target, offset + done, lengthBytes - done);
            if (done < lengthBytes && !resolve(userAddr + done, Access.READ, origin)) {
                break;
            }
        }
        return done;
    }

    private long copyOut(
            long userAddr, MemorySegment source, long offset, long lengthBytes, Origin origin) {
        long done = 0;
        while (done < lengthBytes) {
            done += writeResident(userAddr + done, source, offset + done, lengthBytes - done);
            if (done < lengthBytes && !resolve(userAddr + done, Access.WRITE, origin)) {
                break;
            }
        }
        return done;
    }

    @Override
    public long copyInPinned(long userAddr, MemorySegment target, long offset, long lengthBytes) {
        return foreign(userAddr, Transfer.PIN_READ, Access.READ, target, offset, lengthBytes);
    }

    @Override
    public long copyOutPinned(long userAddr, MemorySegment source, long offset, long lengthBytes) {
        return foreign(userAddr, Transfer.PIN_WRITE, Access.WRITE, source, offset, lengthBytes);
    }

    @Override
    public long peek(long userAddr, MemorySegment target, long offset, long lengthBytes) {
        return foreign(userAddr, Transfer.PEEK, Access.READ, target, offset, lengthBytes);
    }

    @Override
    public long poke(long userAddr, MemorySegment source, long offset, long lengthBytes) {
        return foreign(userAddr, Transfer.POKE, Access.WRITE, source, offset, lengthBytes);
    }

    @Override
    public long nextResident(long userAddr, long end) {
        long stamp = space.pages.readLock();
        try {
            return space.table.nextPresent(userAddr, Math.min(end, space.high));
        } finally {
            space.pages.unlockRead(stamp);
        }
    }

    private long foreign(
            long userAddr,
            Transfer kind,
            Access access,
            MemorySegment other,
            long offset,
            long lengthBytes) {
        long done = 0;
        while (done < lengthBytes) {
            done += transfer(userAddr + done, kind, other, offset + done, lengthBytes - done);
            if (done < lengthBytes && !resolveForeign(userAddr + done, kind, access)) {
                break;
            }
        }
        return done;
    }

    private boolean resolveForeign(long address, Transfer kind, Access access) {
        return kind.isForced()
                ? faults.force(address, access) == FaultResult.RESOLVED
                : resolvePinned(address, access);
    }

    @Override
    public void clear(long userAddr, long lengthBytes) {
        long done = 0;
        while (done < lengthBytes) {
            done += clearResident(userAddr + done, lengthBytes - done);
            if (done < lengthBytes) {
                resolveOrThrow(userAddr + done, true);
            }
        }
    }

    /** Copies guest memory to {@code target} up to the first page that is not readable now. */
    long readResident(long userAddr, MemorySegment target, long offset, long lengthBytes) {
        return transfer(userAddr, Transfer.READ, target, offset, lengthBytes);
    }

    /** {@link #readResident} up to the first page that cannot be pinned now. */
    long readPinnedResident(long userAddr, MemorySegment target, long offset, long lengthBytes) {
        return transfer(userAddr, Transfer.PIN_READ, target, offset, lengthBytes);
    }

    /** Copies {@code source} to guest memory up to the first page that is not writable now. */
    long writeResident(long userAddr, MemorySegment source, long offset, long lengthBytes) {
        return transfer(userAddr, Transfer.WRITE, source, offset, lengthBytes);
    }

    /** Zeroes guest memory up to the first page that is not writable now. */
    long clearResident(long userAddr, long lengthBytes) {
        return transfer(userAddr, Transfer.CLEAR, MemorySegment.NULL, 0, lengthBytes);
    }

    private enum Transfer {
        READ,
        WRITE,
        CLEAR,
        /** A read by somebody who pins the page. */
        PIN_READ,
        /** A write by somebody who pins the page. */
        PIN_WRITE,
        /** A read by a debugger. */
        PEEK,
        /** A write by a debugger. */
        POKE;

        boolean isPossible(long entry) {
            return switch (this) {
                case READ -> Pte.is(entry, Pte.READ);
                case WRITE, CLEAR -> Pte.is(entry, Pte.WRITE);
                case PIN_READ -> Pte.is(entry, Pte.READ) && !Pte.is(entry, Pte.SECRET);
                case PIN_WRITE -> Pte.is(entry, Pte.WRITE) && !Pte.is(entry, Pte.SECRET);
                case PEEK -> entry != 0 && !Pte.is(entry, Pte.SECRET);
                case POKE ->
                        (Pte.is(entry, Pte.WRITE) || Pte.isOwn(entry))
                                && !Pte.is(entry, Pte.SECRET);
            };
        }

        boolean isForced() {
            return this == PEEK || this == POKE;
        }
    }

    private long transfer(
            long userAddr, Transfer kind, MemorySegment other, long offset, long lengthBytes) {
        if (!isUser(userAddr)) {
            return 0;
        }
        long length = Math.min(lengthBytes, space.high - userAddr);
        long done = 0;
        while (done < length) {
            long step = Math.min(STEP_BYTES, length - done);
            long moved = transferStep(userAddr + done, kind, other, offset + done, step);
            done += moved;
            if (moved < step) {
                break;
            }
        }
        return done;
    }

    private long transferStep(
            long userAddr, Transfer kind, MemorySegment other, long offset, long lengthBytes) {
        PageTable table = space.table;
        long end = userAddr + lengthBytes;
        long at = userAddr;
        long stamp = space.pages.readLock();
        try {
            while (at < end) {
                long entry = table.get(at);
                if (!kind.isPossible(entry)) {
                    break;
                }
                long pageEnd = Pages.floor(at) + Pages.BYTES;
                long runEnd =
                        pageEnd >= end
                                ? end
                                : Math.min(end, table.runEnd(Pages.floor(at), Pages.ceil(end)));
                long inChunk = inChunk(entry, at);
                copy(kind, chunk(entry), inChunk, other, offset + (at - userAddr), runEnd - at);
                at = runEnd;
            }
        } finally {
            space.pages.unlockRead(stamp);
        }
        return at - userAddr;
    }

    private static void copy(
            Transfer kind,
            MemorySegment guest,
            long inGuest,
            MemorySegment other,
            long offset,
            long length) {
        switch (kind) {
            case READ, PIN_READ, PEEK -> MemorySegment.copy(guest, inGuest, other, offset, length);
            case WRITE, PIN_WRITE, POKE ->
                    MemorySegment.copy(other, offset, guest, inGuest, length);
            case CLEAR -> guest.asSlice(inGuest, length).fill((byte) 0);
        }
    }

    @Override
    public String readString(long userAddr, int limitBytes) {
        byte[] bytes = new byte[Math.min(limitBytes, 128)];
        int length = 0;
        while (length < limitBytes) {
            int toPageEnd = (int) (Pages.BYTES - ((userAddr + length) & Pages.MASK));
            int step = Math.min(Math.min(toPageEnd, limitBytes - length), 256);
            if (bytes.length < length + step) {
                bytes =
                        Arrays.copyOf(
                                bytes,
                                Math.max(length + step, Math.min(limitBytes, bytes.length * 2)));
            }
            copyIn(userAddr + length, MemorySegment.ofArray(bytes), length, step);
            for (int i = length; i < length + step; i++) {
                if (bytes[i] == 0) {
                    return new String(bytes, 0, i, StandardCharsets.ISO_8859_1);
                }
            }
            length += step;
        }
        throw Errno.ENAMETOOLONG.exception();
    }

    @Override
    public int compareAndExchangeInt(long userAddr, int expected, int replacement) {
        if ((userAddr & 3) != 0) {
            throw Errno.EINVAL.exception();
        }
        while (true) {
            if (isUser(userAddr)) {
                long stamp = space.pages.readLock();
                try {
                    long entry = space.table.get(userAddr);
                    if (Pte.is(entry, Pte.WRITE)) {
                        long inChunk = inChunk(entry, userAddr);
                        return (int)
                                INT.compareAndExchange(
                                        chunk(entry), inChunk, expected, replacement);
                    }
                } finally {
                    space.pages.unlockRead(stamp);
                }
            }
            resolveOrThrow(userAddr, true);
        }
    }

    @Override
    public int readIntVolatile(long userAddr) {
        if ((userAddr & 3) != 0) {
            throw Errno.EINVAL.exception();
        }
        while (true) {
            long stamp = begin(userAddr);
            long entry = space.table.get(userAddr);
            boolean there = Pte.is(entry, Pte.READ);
            int value = there ? (int) INT.getVolatile(chunk(entry), inChunk(entry, userAddr)) : 0;
            if (space.pages.endRead(stamp)) {
                if (there) {
                    return value;
                }
                resolveOrThrow(userAddr, false);
            }
        }
    }

    @Override
    public MemoryKey keyOf(long userAddr) {
        if (!isUser(userAddr)) {
            throw Errno.EFAULT.exception();
        }
        while (true) {
            boolean writable;
            space.mapping.lock();
            try {
                Vma area = space.areas.find(userAddr);
                if (area == null || (area.prot & 7) == 0 || area.isSecret()) {
                    throw Errno.EFAULT.exception();
                }
                writable = area.isWritable();
                long entry = space.table.get(userAddr);
                if (Pte.is(entry, writable ? Pte.WRITE : Pte.READ)) {
                    return keyOf(area, entry, userAddr);
                }
            } finally {
                space.mapping.unlock();
            }
            resolveOrThrow(userAddr, writable);
        }
    }

    private MemoryKey keyOf(Vma area, long entry, long userAddr) {
        if (area.file != null && !Pte.is(entry, Pte.ANONYMOUS)) {
            return new MemoryKey(area.file.mappableId(), area.fileOffset(userAddr));
        }
        return new MemoryKey(space.id, userAddr);
    }

    @Override
    public IoBuffer buffer(long userAddr, long lengthBytes) {
        if (lengthBytes < 0 || userAddr + lengthBytes < 0 && userAddr >= 0) {
            // access_ok: no such range can lie in user memory.
            throw Errno.EFAULT.exception();
        }
        long length = Math.min(lengthBytes, Limits.MAX_RW_COUNT);
        UserBuffer buffer = (UserBuffer) SPARE.getAndSet(this, null);
        if (buffer == null) {
            return new UserBuffer(this, new long[] {userAddr, length}, BufferUse.READ);
        }
        buffer.reuse(userAddr, length);
        return buffer;
    }

    /** Keeps a buffer over one range that nobody uses any more. */
    void keep(UserBuffer buffer) {
        SPARE.setRelease(this, buffer);
    }

    @Override
    public IoBuffer buffer(long iovecUserAddr, int count, BufferUse use) {
        return new UserBuffer(this, IovecReader.read(this, space, iovecUserAddr, count), use);
    }

    @Override
    public IoBuffer buffer(MemorySegment iovecs, int count, BufferUse use) {
        return new UserBuffer(this, IovecReader.parse(space, iovecs, count), use);
    }
}

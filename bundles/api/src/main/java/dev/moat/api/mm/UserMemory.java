package dev.moat.api.mm;

import java.lang.foreign.MemorySegment;
import org.osgi.annotation.versioning.ProviderType;

/**
 * Guest memory as the kernel reads and writes it: through the kernel host's own mapping of the
 * memory file, resolving faults on the way (demand pages, copy-on-write) exactly as guest accesses
 * would. No host call on resident pages. Every method throws EFAULT where the guest has no such
 * mapping or right, unless it says otherwise. Addresses may be any value: hostile ones give EFAULT.
 * Thread safe; accesses to naturally aligned int and long values are single accesses.
 */
@ProviderType
public interface UserMemory {
    byte readByte(long userAddr);

    int readInt(long userAddr);

    long readLong(long userAddr);

    void writeByte(long userAddr, byte value);

    void writeInt(long userAddr, int value);

    void writeLong(long userAddr, long value);

    /** Copies {@code lengthBytes} to {@code target} at {@code offset}: all, or EFAULT. */
    void copyIn(long userAddr, MemorySegment target, long offset, long lengthBytes);

    /** Copies all of {@code lengthBytes} from {@code source}: all, or EFAULT. */
    void copyOut(long userAddr, MemorySegment source, long offset, long lengthBytes);

    /**
     * Copies as much as can be accessed; gives the number of bytes, 0 if none. Never throws EFAULT.
     */
    long copyInPartial(long userAddr, MemorySegment target, long offset, long lengthBytes);

    /**
     * Copies as much as can be accessed; gives the number of bytes, 0 if none. Never throws EFAULT.
     */
    long copyOutPartial(long userAddr, MemorySegment source, long offset, long lengthBytes);

    /**
     * As {@link #copyInPartial}, for calls that get at pages by pinning them, as Linux does in
     * get_user_pages(): secret memory, memfd_secret(2), refuses.
     */
    default long copyInPinned(long userAddr, MemorySegment target, long offset, long lengthBytes) {
        return copyInPartial(userAddr, target, offset, lengthBytes);
    }

    /** As {@link #copyOutPartial}, see {@link #copyInPinned}. */
    default long copyOutPinned(long userAddr, MemorySegment source, long offset, long lengthBytes) {
        return copyOutPartial(userAddr, source, offset, lengthBytes);
    }

    /**
     * As {@link #copyInPartial}, for callers with locks: it ends where a process would have to be
     * waited for, as userfaultfd(2) and FUSE want it.
     */
    default long copyInNoWait(long userAddr, MemorySegment target, long offset, long lengthBytes) {
        return copyInPartial(userAddr, target, offset, lengthBytes);
    }

    /** As {@link #copyOutPartial}, see {@link #copyInNoWait}. */
    default long copyOutNoWait(long userAddr, MemorySegment source, long offset, long lengthBytes) {
        return copyOutPartial(userAddr, source, offset, lengthBytes);
    }

    /** As {@link #copyInPinned}, whatever the protection is: for debuggers, ptrace(2). */
    default long peek(long userAddr, MemorySegment target, long offset, long lengthBytes) {
        return copyInPartial(userAddr, target, offset, lengthBytes);
    }

    /**
     * As {@link #copyOutPinned}, whatever the protection is: private memory gets a copy of its own
     * then. For debuggers.
     */
    default long poke(long userAddr, MemorySegment source, long offset, long lengthBytes) {
        return copyOutPartial(userAddr, source, offset, lengthBytes);
    }

    /**
     * First address in {@code [userAddr, end)} whose page is there already, so that {@link #peek}
     * takes no memory; {@code end} if there is none.
     */
    default long nextResident(long userAddr, long end) {
        return userAddr;
    }

    /** Fresh array with {@code lengthBytes} bytes of guest memory. */
    default byte[] copyIn(long userAddr, int lengthBytes) {
        byte[] bytes = new byte[lengthBytes];
        copyIn(userAddr, MemorySegment.ofArray(bytes), 0, lengthBytes);
        return bytes;
    }

    /** Writes all of {@code bytes}. */
    default void copyOut(long userAddr, byte[] bytes) {
        copyOut(userAddr, MemorySegment.ofArray(bytes), 0, bytes.length);
    }

    /** Zeroes a range: all, or EFAULT. */
    void clear(long userAddr, long lengthBytes);

    /**
     * Reads a NUL-terminated string as ISO-8859-1.
     *
     * @param limitBytes room including the NUL
     * @throws dev.moat.abi.ErrnoException EFAULT; ENAMETOOLONG without a NUL in {@code limitBytes}
     */
    String readString(long userAddr, int limitBytes);

    /**
     * Atomic compare and exchange of an aligned int (EINVAL if unaligned); gives the value found.
     * With the guest's own locked instructions it is atomic, too.
     */
    int compareAndExchangeInt(long userAddr, int expected, int replacement);

    /** Volatile read of an aligned int, for futex(2). */
    int readIntVolatile(long userAddr);

    /**
     * Names the memory behind {@code userAddr} independently of address space and of copy-on-write
     * in others: the key of a shared futex. Makes the page present (for writing if the VMA allows
     * it).
     */
    MemoryKey keyOf(long userAddr);

    /**
     * A buffer over one guest range, for reading or writing files. Lengths are cut at 0x7ffff000.
     */
    IoBuffer buffer(long userAddr, long lengthBytes);

    /**
     * A buffer over an iovec array: copied in and validated once.
     *
     * @throws dev.moat.abi.ErrnoException EINVAL for count beyond 1024 or a negative or overflowing
     *     length; EFAULT
     */
    IoBuffer buffer(long iovecUserAddr, int count, BufferUse use);

    /**
     * As {@link #buffer(long, int, BufferUse)}, of an array that was copied in before.
     *
     * @param iovecs {@code count} elements, if that is a count of any
     */
    IoBuffer buffer(MemorySegment iovecs, int count, BufferUse use);

    /** What a buffer over an iovec is for. */
    enum BufferUse {
        /** File to guest. */
        READ,
        /** Guest to file. */
        WRITE,
        /** As WRITE, but by pinning the pages: see {@link UserMemory#copyInPinned}. */
        PIN
    }
}

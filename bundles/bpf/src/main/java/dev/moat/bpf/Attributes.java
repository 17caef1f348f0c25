package dev.moat.bpf;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.abi.Errno;
import dev.moat.abi.MemoryFlags;
import dev.moat.api.task.Task;
import java.lang.foreign.MemorySegment;

/** {@code union bpf_attr}, as the caller gave it, read once. */
final class Attributes {
    /** Its size in Linux 6.18. */
    private static final int BYTES = 168;

    private final Task task;
    private final long userAddr;
    private final int givenBytes;
    private final MemorySegment fields;

    private Attributes(Task task, long userAddr, int givenBytes, byte[] fields) {
        this.task = task;
        this.userAddr = userAddr;
        this.givenBytes = givenBytes;
        this.fields = MemorySegment.ofArray(fields);
    }

    /** What is not given is 0. E2BIG: something is given that nobody knows; EFAULT. */
    static Attributes read(Task task, long userAddr, int sizeBytes) {
        return new Attributes(
                task, userAddr, sizeBytes, readStruct(task, userAddr, sizeBytes, BYTES));
    }

    /**
     * A struct of which callers may know more or less: bpf_check_uarg_tail_zero().
     *
     * @param sizeBytes unsigned, what the caller knows of it
     */
    static byte[] readStruct(Task task, long userAddr, int sizeBytes, int ownBytes) {
        if (Integer.compareUnsigned(sizeBytes, (int) MemoryFlags.PAGE_SIZE) > 0) {
            throw Errno.E2BIG.exception();
        }
        byte[] given = sizeBytes == 0 ? new byte[0] : task.user().copyIn(userAddr, sizeBytes);
        for (int i = ownBytes; i < given.length; i++) {
            if (given[i] != 0) {
                throw Errno.E2BIG.exception();
            }
        }
        byte[] known = new byte[ownBytes];
        System.arraycopy(given, 0, known, 0, Math.min(given.length, ownBytes));
        return known;
    }

    /** EINVAL unless everything behind the last field of the command is 0: CHECK_ATTR(). */
    void checkEnd(int usedBytes) {
        for (int i = usedBytes; i < BYTES; i++) {
            if (fields.get(JAVA_BYTE, i) != 0) {
                throw Errno.EINVAL.exception();
            }
        }
    }

    int word(int at) {
        return fields.get(JAVA_INT_UNALIGNED, at);
    }

    long address(int at) {
        return fields.get(JAVA_LONG_UNALIGNED, at);
    }

    /** The bytes of a text, with what is behind its end. */
    byte[] bytes(int at, int length) {
        return fields.asSlice(at, length).toArray(JAVA_BYTE);
    }

    /** Whether the caller knows a field that ends there: such as are written only then. */
    boolean reaches(int end) {
        return Integer.compareUnsigned(givenBytes, end) >= 0;
    }

    /** Writes a field back. EFAULT. */
    void put(int at, int value) {
        task.user().writeInt(userAddr + at, value);
    }

    void putLong(int at, long value) {
        task.user().writeLong(userAddr + at, value);
    }
}

package dev.moat.api.mm;

import dev.moat.api.platform.Access;
import dev.moat.api.platform.AddressSpace;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * One guest address space (Linux {@code mm_struct}): VMAs, page ownership and the platform mappings
 * derived from them. Shared by the tasks that were cloned with CLONE_VM, counted by {@link #retain}
 * and {@link #release}. Thread safe. Methods named after system calls follow their man pages;
 * errors are thrown.
 */
@ProviderType
public interface MemoryManager {
    /** Unique in the sandbox. */
    long id();

    UserMemory user();

    /** mremap, madvise, mlock and the like. */
    MemoryControl control();

    /** The platform's side, to run a context in. */
    AddressSpace addressSpace();

    /**
     * Maps memory: mmap(2).
     *
     * @return the address
     */
    long map(MapRequest request);

    /** munmap(2). */
    void unmap(long userAddr, long lengthBytes);

    /** mprotect(2). */
    void protect(long userAddr, long lengthBytes, int prot);

    /** Sets up heap bounds; the break starts at {@code start}, page aligned up. Used by execve. */
    void setBreakStart(long start);

    /** Where the heap is. */
    HeapBounds heapBounds();

    /** Says where the heap is from now on; nothing is mapped or unmapped. */
    void setHeapBounds(HeapBounds bounds);

    /** brk(2): gives the resulting break. */
    long setBreak(long newBreak);

    /**
     * Answers a guest fault.
     *
     * @param rip the guest's instruction pointer, for execute faults that the platform cannot tell
     */
    FaultResult handleFault(long userAddr, Access access, boolean mapped, long rip);

    /**
     * Tells the process that answers faults at {@code userAddr} of one; empty if there is none any
     * more: the guest tries again. The caller waits, and ends it.
     *
     * @param mapped as for {@link #handleFault}
     * @param tid of the task
     */
    default Optional<UserFault> beginUserFault(
            long userAddr, Access access, boolean mapped, int tid) {
        return Optional.empty();
    }

    /**
     * The system call instruction that ends at {@code behind} is used often: has the platform make
     * it cheaper, where the code is private, comes from a file, and cannot be written.
     */
    void patchCall(long behind);

    /**
     * A copy for fork(2): private memory copy-on-write. Call on a thread of a task of this space.
     */
    MemoryManager fork();

    /** Adds a user (a task). */
    void retain();

    /** Drops a user; the last one frees the space. */
    void release();

    /** Number of users. */
    int users();

    /** VMAs by address, for /proc. */
    List<VmaInfo> collectVmas();

    MemoryStats stats();

    /** Notes where execve put things, for /proc. */
    void setLayout(Layout layout);

    Layout layout();

    /** Which areas get huge pages; fork(2) passes it on. */
    HugePageUse hugePageUse();

    /** Sets {@link #hugePageUse} for what is owned from now on; what is there stays as it is. */
    void setHugePageUse(HugePageUse use);

    /**
     * Limits (RLIMIT_AS, RLIMIT_DATA, RLIMIT_STACK, RLIMIT_MEMLOCK) the space checks; set by the
     * task side.
     */
    void setLimits(MemoryLimits limits);

    /** Outcome of a fault. */
    enum FaultResult {
        /** Run the guest again. */
        RESOLVED,
        /** SIGSEGV with SEGV_MAPERR. */
        NOT_MAPPED,
        /** SIGSEGV with SEGV_ACCERR. */
        NOT_PERMITTED,
        /**
         * SIGBUS with BUS_ADRERR: behind the end of the file, or it cannot be read, or the page is
         * poisoned.
         */
        BUS_ERROR,
        /** A process answers: see {@link MemoryManager#beginUserFault}. */
        USER_FAULT,
        /** No memory: the task is killed or was chosen by the OOM killer. */
        OUT_OF_MEMORY
    }

    /**
     * Sizes in bytes.
     *
     * @param residentFileBytes pages of files, memory-only ones included
     * @param residentMemoryFileBytes those of memory-only files: tmpfs, memfd, shared anonymous
     * @param hugePoolBytes of the {@link HugePagePool}: resident in no other sense
     */
    record MemoryStats(
            long virtualBytes,
            long residentBytes,
            long residentAnonymousBytes,
            long residentFileBytes,
            long residentMemoryFileBytes,
            long peakVirtualBytes,
            long peakResidentBytes,
            long dataBytes,
            long stackBytes,
            long executableBytes,
            long lockedBytes,
            long pageTableBytes,
            long hugePoolBytes,
            long minorFaults,
            long majorFaults) {
        public static final MemoryStats NONE =
                new MemoryStats(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);
    }

    /**
     * Addresses of the heap: start_brk and brk of {@code mm_struct}.
     *
     * @param end the break, not page aligned
     */
    record HeapBounds(long start, long end) {}

    /**
     * Addresses as in {@code mm_struct}.
     *
     * @param auxiliaryVector pairs of words; see {@link #toldVector}
     */
    record Layout(
            long codeStart,
            long codeEnd,
            long dataStart,
            long dataEnd,
            long stackStart,
            long argumentsStart,
            long argumentsEnd,
            long environmentStart,
            long environmentEnd,
            byte[] auxiliaryVector) {
        private static final int PAIR_BYTES = 2 * Long.BYTES;

        /** The auxiliary vector up to AT_NULL, which is part of it. */
        public byte[] toldVector() {
            int end = 0;
            while (end + PAIR_BYTES <= auxiliaryVector.length) {
                boolean last = true;
                for (int i = 0; i < Long.BYTES; i++) {
                    last &= auxiliaryVector[end + i] == 0;
                }
                end += PAIR_BYTES;
                if (last) {
                    break;
                }
            }
            return Arrays.copyOf(auxiliaryVector, end);
        }
    }

    /** Soft limits in bytes; Long.MAX_VALUE for none. */
    interface MemoryLimits {
        /** The process that the limits are of: its id; 0 if it is not known. */
        default int tgid() {
            return 0;
        }

        long addressSpaceBytes();

        long dataBytes();

        long stackBytes();

        long lockedBytes();

        /** Areas that the address space may have: vm.max_map_count. */
        default int areas() {
            return 65530;
        }
    }
}

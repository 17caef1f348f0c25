package dev.moat.mm;

import dev.moat.abi.MemoryFlags;
import dev.moat.abi.Userfaultfd;
import dev.moat.api.mm.MapRequest.FileIdentity;
import dev.moat.api.mm.Mappable;
import dev.moat.api.mm.MemoryPolicy;
import dev.moat.api.swap.Stateful;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * A virtual memory area (Linux {@code vm_area_struct}): a range with one set of rights over one
 * object. Guarded by the mapping lock of its space.
 */
@Stateful
final class Vma {
    /** MAP_* bits that a VMA keeps; what remains of a request is only about how it was placed. */
    static final int KEPT_FLAGS =
            MemoryFlags.MAP_SHARED
                    | MemoryFlags.MAP_PRIVATE
                    | MemoryFlags.MAP_DROPPABLE
                    | MemoryFlags.MAP_ANONYMOUS
                    | MemoryFlags.MAP_GROWSDOWN
                    | MemoryFlags.MAP_NORESERVE
                    | MemoryFlags.MAP_STACK;

    long start;
    long end;
    int prot;
    final int maxProt;
    final int flags;
    final @Nullable Mappable file;

    /** Offset of {@link #start} in the file. */
    long offset;

    final FileIdentity inode;
    String name;

    /** MADV_DONTFORK, MADV_WIPEONFORK, MADV_DONTDUMP, and the mlock state. */
    boolean dontFork;

    boolean wipeOnFork;
    boolean dontDump;
    boolean locked;

    /** mseal(2): neither taken away nor changed until the space ends. */
    boolean sealed;

    /** As if all pages were {@link PageMarks#GUARDED}: builds before those kept areas for it. */
    boolean guard;

    /** Who answers faults: userfaultfd(2); and which ones: UFFDIO_REGISTER_MODE_*. */
    @Nullable UserfaultFile userfault;

    long userfaultModes;

    /** MADV_HUGEPAGE: gets huge pages where the host has them. */
    boolean hugePages;

    /** MADV_NOHUGEPAGE: not even MADV_COLLAPSE may make huge pages of it. */
    boolean noHugePages;

    /** What a private mapping of huge pages was promised; null: nothing. */
    @Nullable HugeReserve hugeReserve;

    /** The process that had pages promised took one away that both had: no fault brings another. */
    boolean hugeLost;

    /** mbind(2); null: the task's counts. */
    private @Nullable MemoryPolicy policy;

    /** Where the next fault of a sequential access would be, and the window it gets. Hints only. */
    long nextFault;

    int windowPages;

    Vma(
            long start,
            long end,
            int prot,
            int maxProt,
            int flags,
            @Nullable Mappable file,
            long offset,
            FileIdentity inode,
            String name) {
        this.start = start;
        this.end = end;
        this.prot = prot;
        this.maxProt = maxProt;
        this.flags = flags;
        this.file = file;
        this.offset = offset;
        this.inode = inode;
        this.name = name;
    }

    /** The part {@code [newStart, newEnd)} of this area as an area of its own. */
    Vma part(long newStart, long newEnd) {
        Vma part =
                new Vma(
                        newStart,
                        newEnd,
                        prot,
                        maxProt,
                        flags,
                        file,
                        offset + (newStart - start),
                        inode,
                        name);
        part.dontFork = dontFork;
        part.wipeOnFork = wipeOnFork;
        part.dontDump = dontDump;
        part.locked = locked;
        part.sealed = sealed;
        part.guard = guard;
        part.userfault = userfault;
        part.hugePages = hugePages;
        part.userfaultModes = userfaultModes;
        part.noHugePages = noHugePages;
        part.policy = policy;
        part.hugeReserve = hugeReserve;
        part.hugeLost = hugeLost;
        return part;
    }

    /** Its own; {@link MemoryPolicy#DEFAULT}: the task's counts. */
    MemoryPolicy policy() {
        return Objects.requireNonNullElse(policy, MemoryPolicy.DEFAULT);
    }

    /** What counts for the page at an address: that of memory which others may map, too, is its. */
    MemoryPolicy policyAt(long address) {
        PagedFile memory = memoryFile();
        return memory == null ? policy() : SharedPolicies.at(memory, fileOffset(address));
    }

    void setPolicy(MemoryPolicy wanted) {
        policy = wanted.equals(MemoryPolicy.DEFAULT) ? null : wanted;
    }

    long length() {
        return end - start;
    }

    /** Whether a process answers faults of one of these kinds: UFFDIO_REGISTER_MODE_*. */
    boolean isRegistered(long modes) {
        return (registeredModes() & modes) != 0;
    }

    /** Whether a process answers faults of all these kinds. */
    boolean isRegisteredAll(long modes) {
        return (registeredModes() & modes) == modes;
    }

    private long registeredModes() {
        if (userfault == null) {
            return 0;
        }
        // Kept by builds that knew one mode only: none.
        return userfaultModes == 0 ? Userfaultfd.UFFDIO_REGISTER_MODE_MISSING : userfaultModes;
    }

    /** The file if it is nothing but memory (shmem of Linux), shared or not. */
    @Nullable PagedFile memoryFile() {
        return file != null
                        && !file.isSecret()
                        && file.backing() instanceof PagedFile paged
                        && paged.pager == null
                ? paged
                : null;
    }

    /** The file if it is one of huge pages. */
    @Nullable HugeFile hugeFile() {
        return file != null && file.backing() instanceof HugeFile huge ? huge : null;
    }

    boolean isHuge() {
        return hugeFile() != null;
    }

    /** memfd_secret(2): nobody gets at it but through its page table. */
    boolean isSecret() {
        return file != null && file.isSecret();
    }

    /**
     * mlock(2) and its opposite: droppable memory and huge pages never are, secret memory stays as
     * it is.
     */
    void setLocked(boolean wanted) {
        if (!isSecret() && !isHuge()) {
            locked = wanted && !isDroppable();
        }
    }

    /** MAP_DROPPABLE: never written to swap space, wiped on fork, not dumped. */
    boolean isDroppable() {
        return (flags & MemoryFlags.MAP_DROPPABLE) != 0;
    }

    boolean isShared() {
        return (flags & MemoryFlags.MAP_SHARED) != 0;
    }

    boolean isWritable() {
        return (prot & MemoryFlags.PROT_WRITE) != 0;
    }

    boolean growsDown() {
        return (flags & MemoryFlags.MAP_GROWSDOWN) != 0;
    }

    /** Counts as data of RLIMIT_DATA: private, writable, no stack (mm/mmap.c is_data_mapping). */
    boolean isData() {
        return isWritable() && !isShared() && !growsDown();
    }

    /** Whether a write through it reaches the file. */
    boolean writesFile() {
        return file != null && isShared() && (maxProt & MemoryFlags.PROT_WRITE) != 0;
    }

    /** File offset of {@code address}. */
    long fileOffset(long address) {
        return offset + (address - start);
    }

    /** Whether {@code next}, which starts where this ends, can be one with it. */
    boolean continuesIn(Vma next) {
        return guard == next.guard && looksContinuedIn(next);
    }

    /** {@link #continuesIn} for those who look from outside: guard pages do not make areas. */
    boolean looksContinuedIn(Vma next) {
        return end == next.start
                && prot == next.prot
                && maxProt == next.maxProt
                && flags == next.flags
                && file == next.file
                && (file == null || fileOffset(end) == next.offset)
                && dontFork == next.dontFork
                && wipeOnFork == next.wipeOnFork
                && dontDump == next.dontDump
                && locked == next.locked
                && sealed == next.sealed
                && userfault == next.userfault
                && hugePages == next.hugePages
                && userfaultModes == next.userfaultModes
                && noHugePages == next.noHugePages
                && Objects.equals(policy, next.policy)
                && name.equals(next.name)
                && inode.equals(next.inode)
                // VM_DONTEXPAND
                && !isHuge();
    }
}

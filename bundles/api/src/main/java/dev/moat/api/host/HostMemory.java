package dev.moat.api.host;

import java.lang.foreign.MemorySegment;
import org.osgi.annotation.versioning.ProviderType;

/** Memory files and mappings of the host. Results: see the package description. */
@ProviderType
public interface HostMemory {
    /** Bytes of a host page (4096 on x86-64). */
    long pageSizeBytes();

    /**
     * memfd_create(2), close-on-exec and sealable.
     *
     * @param name shown in {@code /proc/pid/maps}, at most 200 bytes
     * @return a descriptor owned by the caller
     */
    int createMemoryFile(String name);

    /**
     * {@link #createMemoryFile} whose mappings get huge pages where MADV_HUGEPAGE asks for them: a
     * memfd where the host gives those some, else a file without a name in a tmpfs mounted for that
     * nowhere, which takes no seals.
     *
     * @return a descriptor owned by the caller; negated: EOPNOTSUPP where the host wants no huge
     *     pages, EPERM without CAP_SYS_ADMIN, ENOSYS, EINVAL
     */
    int createHugeMemoryFile(String name);

    /** fcntl(F_ADD_SEALS). */
    int addSeals(int fd, int seals);

    /**
     * mmap(2), shared: the kernel host's own view of a range of a memory file. Never map a file
     * that somebody else may truncate: a fault on it kills the kernel host.
     *
     * @param prot PROT_* bits
     * @return a segment of the global scope, owned by the caller, who ends it with {@link #unmap};
     *     nobody may touch it afterwards
     * @throws dev.moat.abi.ErrnoException ENOMEM, EBADF, EINVAL
     */
    MemorySegment map(int fd, long offset, long lengthBytes, int prot);

    /** mmap(2) of private anonymous memory, see {@link #map}. */
    MemorySegment mapAnonymous(long lengthBytes);

    /** munmap(2) of a segment that {@link #map} gave, as a whole. */
    int unmap(MemorySegment mapping);

    /** mprotect(2) of a page-aligned part of a mapping. */
    int protect(MemorySegment range, int prot);

    /** madvise(2) of a page-aligned part of a mapping. */
    int advise(MemorySegment range, int advice);

    /** ftruncate(2). */
    int resize(int fd, long sizeBytes);

    /** fallocate(2) with PUNCH_HOLE and KEEP_SIZE: the range reads as zeroes and costs nothing. */
    int punchHole(int fd, long offset, long lengthBytes);

    /** Bytes of host memory that a memory file occupies ({@code st_blocks}). */
    long allocatedBytes(int fd);

    /** mincore(2): bit 0 of each byte of {@code vector} says whether a page is in memory. */
    int residency(MemorySegment range, byte[] vector);
}

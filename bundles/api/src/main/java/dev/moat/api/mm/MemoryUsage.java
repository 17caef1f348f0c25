package dev.moat.api.mm;

/**
 * What the memory of a sandbox is used for, in bytes.
 *
 * @param anonymousBytes private pages of processes
 * @param cachedBytes pages of files that lie elsewhere, too
 * @param dirtyBytes those of them that were written and not yet written back
 * @param memoryFileBytes pages of files that are memory only: tmpfs, memfd, shared anonymous
 * @param mappedBytes pages of files, of either kind, that some process has mapped
 * @param pageTableBytes bookkeeping of address spaces
 * @param lockedBytes areas that are locked
 * @param committedBytes what would be needed if everything promised were touched
 */
public record MemoryUsage(
        long anonymousBytes,
        long cachedBytes,
        long dirtyBytes,
        long memoryFileBytes,
        long mappedBytes,
        long pageTableBytes,
        long lockedBytes,
        long committedBytes) {}

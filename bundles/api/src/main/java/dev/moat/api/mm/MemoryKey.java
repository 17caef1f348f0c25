package dev.moat.api.mm;

/**
 * Identity of an int in memory for futexes.
 *
 * @param owner the object that names the memory: an address space id for private anonymous memory,
 *     a mappable's id for shared memory
 * @param offset address within the owner
 */
public record MemoryKey(long owner, long offset) {}

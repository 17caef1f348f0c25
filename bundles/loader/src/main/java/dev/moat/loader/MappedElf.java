package dev.moat.loader;

/**
 * Where an ELF file lies in an address space.
 *
 * @param bias what was added to the file's addresses
 * @param entry first instruction
 * @param programHeaders address of the program headers
 * @param codeStart lowest executable byte, as mm_struct's start_code
 * @param end first byte behind all segments
 */
record MappedElf(
        long bias,
        long base,
        long entry,
        long programHeaders,
        long codeStart,
        long codeEnd,
        long dataStart,
        long dataEnd,
        long end) {}

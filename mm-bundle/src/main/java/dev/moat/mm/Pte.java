package dev.moat.mm;

import dev.moat.api.mm.MemoryFile;
import dev.moat.api.platform.Protection;

/**
 * A page entry: memory file offset in the upper bits, flags in the lower twelve. 0 is "not owned".
 * Kept as a long for the table's sake; these are its accessors.
 */
final class Pte {
    static final long PRESENT = 1;

    /** The guest, and so the kernel for it, may read. */
    static final long READ = 2;

    /** The guest may write now: its VMA allows it and the page does ({@link #PAGE_WRITABLE}). */
    static final long WRITE = 4;

    /**
     * Private to address spaces (anonymous, or a modified copy of a file page); may be shared
     * copy-on-write.
     */
    static final long ANONYMOUS = 8;

    /** The platform was told to map it, with the rights that VMA and page give. */
    static final long MAPPED = 16;

    /**
     * Nobody else's view changes by writing, or everybody's shall: not copy-on-write, dirtiness is
     * known.
     */
    static final long PAGE_WRITABLE = 32;

    /** The guest may not write before a process allows it: userfaultfd(2). */
    static final long PROTECTED = 64;

    /** Nobody but the guest, and the kernel for it, gets at the page: memfd_secret(2). */
    static final long SECRET = 128;

    /** The page is a part of a huge page of the {@link HugePool}, all of which is mapped. */
    static final long HUGE = 256;

    private Pte() {}

    static long offset(long entry) {
        return entry & ~Pages.MASK;
    }

    static boolean is(long entry, long flag) {
        return (entry & flag) != 0;
    }

    /** Whether nobody else has the page, so that a debugger may write it. */
    static boolean isOwn(long entry) {
        return (entry & (ANONYMOUS | PAGE_WRITABLE)) == (ANONYMOUS | PAGE_WRITABLE);
    }

    /** An entry with the rights that {@code prot} gives. */
    static long make(long memoryOffset, long pageFlags, int prot) {
        return memoryOffset | PRESENT | pageFlags | rights(pageFlags, prot);
    }

    /** READ and WRITE as page and VMA allow; on x86-64 every mapping with any right is readable. */
    static long rights(long pageFlags, int prot) {
        long rights = (prot & 7) != 0 ? READ : 0;
        if ((prot & 2) != 0 && (pageFlags & (PAGE_WRITABLE | PROTECTED)) == PAGE_WRITABLE) {
            rights |= WRITE;
        }
        return rights;
    }

    /** What the platform maps the page with. */
    static Protection protection(long entry, int vmaProt) {
        if ((vmaProt & 7) == 0) {
            return Protection.NONE;
        }
        int prot = vmaProt & 5 | 1;
        return Protection.of(is(entry, WRITE) ? prot | 2 : prot);
    }

    /** Whether the page is the first of a chunk of the memory file. */
    static boolean startsChunk(long entry) {
        return (entry & (MemoryFile.CHUNK_BYTES - 1) & ~Pages.MASK) == 0;
    }
}

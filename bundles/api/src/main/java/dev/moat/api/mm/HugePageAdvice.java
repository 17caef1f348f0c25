package dev.moat.api.mm;

/** What a program has advised for an area, madvise(2). */
public enum HugePageAdvice {
    NONE,
    /** MADV_HUGEPAGE. */
    WANTED,
    /** MADV_NOHUGEPAGE. */
    REFUSED
}

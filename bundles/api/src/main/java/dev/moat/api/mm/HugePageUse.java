package dev.moat.api.mm;

/** Which areas of an address space get huge pages: PR_SET_THP_DISABLE of prctl(2). */
public enum HugePageUse {
    /** All that the host's settings and the advice of the program allow. */
    ALLOWED,
    /** Those that the program has advised with MADV_HUGEPAGE (Linux 6.18). */
    ADVISED,
    /** None, whatever the advice. */
    NONE
}

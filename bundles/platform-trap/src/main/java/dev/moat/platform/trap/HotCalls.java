package dev.moat.platform.trap;

/**
 * Finds call sites that a context uses often. A small table without collisions resolved: sites that
 * fight for a place become hot later.
 */
final class HotCalls {
    /** How many calls a site makes before it is worth some tens of microseconds. */
    private static final int ENOUGH = 48;

    private static final int PLACES = 64;

    private final long[] sites = new long[PLACES];
    private final int[] counts = new int[PLACES];

    /** Notes a call; whether its site has just become hot. */
    boolean note(long behind) {
        int place = (int) (behind * 0x9e3779b97f4a7c15L >>> 58);
        if (sites[place] != behind) {
            sites[place] = behind;
            counts[place] = 1;
            return false;
        }
        return ++counts[place] == ENOUGH;
    }

    /** Another program, or sites that are what they were. */
    void clear() {
        java.util.Arrays.fill(sites, 0);
    }
}

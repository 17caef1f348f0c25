package dev.moat.api.lock;

/** A lock with a place in the one order. */
interface Ranked {
    LockRank rank();
}

package dev.moat.swap.checkpoint;

/** How far a future has come. The place in this list is the number in the file. */
enum FutureState {
    PENDING,
    DONE,
    FAILED
}

package dev.moat.uring;

import dev.moat.api.swap.Stateful;
import org.jspecify.annotations.Nullable;

/**
 * How far an operation is that chooses its buffers, between two attempts. Its request's owner's.
 */
@Stateful
final class Selection {
    private @Nullable BufferChoice choice;
    private long doneBytes;
    private long totalBytes;
    private long wantedBytes;

    /** What is used already and goes on being so; null: the next attempt chooses. */
    @Nullable BufferChoice choice() {
        return choice;
    }

    /** Transferred of the choice. */
    long doneBytes() {
        return doneBytes;
    }

    /** Goes on with {@code kept} at the next attempt. */
    void keep(BufferChoice kept, long done) {
        choice = kept;
        doneBytes = done;
    }

    /** The next attempt chooses anew. */
    void reset() {
        choice = null;
        doneBytes = 0;
    }

    /** What was chosen last: a read that gives less breaks a chain. */
    long wantedBytes() {
        return wantedBytes;
    }

    void setWanted(long bytes) {
        wantedBytes = bytes;
    }

    /** Counts what a completion has told; gives the sum of all. */
    long count(long bytes) {
        totalBytes += bytes;
        return totalBytes;
    }
}

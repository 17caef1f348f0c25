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

    /** Of what was chosen, in units of {@link Keeping}. */
    private int chargedUnits;

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

    /**
     * Charges what is chosen, in place of what is not kept.
     *
     * @return false if there is no room: nothing was charged
     */
    boolean charge(Keeping keeping, int units) {
        settle(keeping);
        if (units != 0 && !keeping.tryTake(units)) {
            return false;
        }
        chargedUnits += units;
        return true;
    }

    /** Gives back the charge of all but what is kept. */
    void settle(Keeping keeping) {
        BufferChoice kept = choice;
        giveBack(keeping, kept == null ? 0 : Math.min(kept.weight(), chargedUnits));
    }

    /** Gives back the charge of all. */
    void release(Keeping keeping) {
        giveBack(keeping, 0);
    }

    private void giveBack(Keeping keeping, int leftUnits) {
        if (chargedUnits > leftUnits) {
            keeping.giveBack(chargedUnits - leftUnits);
            chargedUnits = leftUnits;
        }
    }
}

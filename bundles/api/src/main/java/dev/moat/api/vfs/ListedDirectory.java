package dev.moat.api.vfs;

import dev.moat.abi.FileMode;
import dev.moat.api.vfs.FileDescription.DirectorySink;
import org.osgi.annotation.versioning.ConsumerType;

/** A directory whose entries have positions that stay theirs whoever lists it, and when. */
@ConsumerType
public interface ListedDirectory {
    /** The position behind "." and "..". */
    long BEHIND_DOTS = 2;

    /**
     * Offers entries from {@code from} on, "." and ".." first, until the sink refuses one or there
     * are no more. Position 0 is the start, all others are what was given to a sink.
     *
     * @return the position behind the last entry taken
     */
    long list(long from, DirectorySink sink);

    /**
     * Offers those of "." and ".." that are not before {@code from}.
     *
     * @param number of the inode that lists
     * @param parent inode number of ".."
     * @return the position behind; less than {@link #BEHIND_DOTS} if the sink refused
     */
    static long listDots(long from, long number, long parent, DirectorySink sink) {
        if (from == 0 && !sink.entry(".", number, FileMode.DT_DIR, 1)) {
            return 0;
        }
        if (from <= 1 && !sink.entry("..", parent, FileMode.DT_DIR, BEHIND_DOTS)) {
            return 1;
        }
        return Math.max(from, BEHIND_DOTS);
    }
}

package dev.moat.fs.tmpfs;

import dev.moat.abi.IfNextdqblk;
import dev.moat.abi.QuotaConstants;
import dev.moat.api.swap.Stateful;

/**
 * Limits and use of one user or group; guarded by the lock of the quotas. Limits of 0 are none.
 * fs/quota/dquot.c.
 */
@Stateful
final class QuotaEntry {
    private static final int BLOCK_SHIFT = 10;

    private final int id;
    private long usedBytes;
    private long usedInodes;
    private long spaceHard;
    private long spaceSoft;
    private long inodeHard;
    private long inodeSoft;

    /** When the soft limit becomes a hard one, in seconds since 1970; 0: it is not passed. */
    private long spaceDeadline;

    private long inodeDeadline;

    QuotaEntry(int id, QuotaOptions.Limits defaults) {
        this.id = id;
        this.spaceHard = defaults.spaceBytes();
        this.inodeHard = defaults.inodes();
    }

    /** Whether there is nothing to remember: shmem_is_empty_dquot(). */
    boolean isForgettable(QuotaOptions.Limits defaults) {
        boolean fresh =
                spaceHard == defaults.spaceBytes()
                        && inodeHard == defaults.inodes()
                        && spaceSoft == 0
                        && inodeSoft == 0;
        boolean unlimited = spaceHard == 0 && inodeHard == 0 && spaceSoft == 0 && inodeSoft == 0;
        return usedBytes == 0 && usedInodes == 0 && (fresh || unlimited);
    }

    /** Whether so much more is within the limits; a soft one that is passed is noted. */
    boolean mayAddSpace(long bytes, long now, long graceSeconds) {
        long wanted = usedBytes + bytes;
        if (spaceHard != 0 && wanted > spaceHard) {
            return false;
        }
        if (spaceSoft != 0 && wanted > spaceSoft) {
            if (spaceDeadline != 0 && now >= spaceDeadline) {
                return false;
            }
            spaceDeadline = spaceDeadline == 0 ? now + graceSeconds : spaceDeadline;
        }
        return true;
    }

    /** As {@link #mayAddSpace}. */
    boolean mayAddInodes(long inodes, long now, long graceSeconds) {
        long wanted = usedInodes + inodes;
        if (inodeHard != 0 && wanted > inodeHard) {
            return false;
        }
        if (inodeSoft != 0 && wanted > inodeSoft) {
            if (inodeDeadline != 0 && now >= inodeDeadline) {
                return false;
            }
            inodeDeadline = inodeDeadline == 0 ? now + graceSeconds : inodeDeadline;
        }
        return true;
    }

    /** Counts; negative numbers give back, never more than there is. */
    void add(long bytes, long inodes) {
        usedBytes = Math.max(0, usedBytes + bytes);
        usedInodes = Math.max(0, usedInodes + inodes);
        if (usedBytes <= spaceSoft) {
            spaceDeadline = 0;
        }
        if (usedInodes <= inodeSoft) {
            inodeDeadline = 0;
        }
    }

    IfNextdqblk shown() {
        return new IfNextdqblk(
                blocks(spaceHard),
                blocks(spaceSoft),
                usedBytes,
                inodeHard,
                inodeSoft,
                usedInodes,
                spaceDeadline,
                inodeDeadline,
                QuotaConstants.QIF_ALL,
                id);
    }

    private static long blocks(long bytes) {
        return (bytes >>> BLOCK_SHIFT) + ((bytes & (1 << BLOCK_SHIFT) - 1) == 0 ? 0 : 1);
    }

    /** Whether the limits that {@code wanted} sets can be kept: do_set_dqblk(). */
    static boolean isInRange(IfNextdqblk wanted) {
        boolean space = (wanted.valid() & QuotaConstants.QIF_BLIMITS) != 0;
        boolean inodes = (wanted.valid() & QuotaConstants.QIF_ILIMITS) != 0;
        return (!space
                        || wanted.spaceHardLimit() << BLOCK_SHIFT >= 0
                                && wanted.spaceSoftLimit() << BLOCK_SHIFT >= 0)
                && (!inodes || wanted.inodeHardLimit() >= 0 && wanted.inodeSoftLimit() >= 0);
    }

    /** Takes what {@code wanted} sets, which is in range. */
    void set(IfNextdqblk wanted, long now, long spaceGraceSeconds, long inodeGraceSeconds) {
        int valid = wanted.valid();
        if ((valid & QuotaConstants.QIF_SPACE) != 0) {
            usedBytes = Math.max(0, wanted.usedBytes());
        }
        if ((valid & QuotaConstants.QIF_BLIMITS) != 0) {
            spaceHard = wanted.spaceHardLimit() << BLOCK_SHIFT;
            spaceSoft = wanted.spaceSoftLimit() << BLOCK_SHIFT;
        }
        if ((valid & QuotaConstants.QIF_INODES) != 0) {
            usedInodes = Math.max(0, wanted.usedInodes());
        }
        if ((valid & QuotaConstants.QIF_ILIMITS) != 0) {
            inodeHard = wanted.inodeHardLimit();
            inodeSoft = wanted.inodeSoftLimit();
        }
        boolean spaceTimed = (valid & QuotaConstants.QIF_BTIME) != 0;
        boolean inodesTimed = (valid & QuotaConstants.QIF_ITIME) != 0;
        spaceDeadline = spaceTimed ? wanted.spaceDeadline() : spaceDeadline;
        inodeDeadline = inodesTimed ? wanted.inodeDeadline() : inodeDeadline;
        if ((valid & (QuotaConstants.QIF_SPACE | QuotaConstants.QIF_BLIMITS)) != 0) {
            spaceDeadline =
                    deadline(
                            spaceSoft != 0 && usedBytes > spaceSoft,
                            spaceTimed ? spaceDeadline : now + spaceGraceSeconds);
        }
        if ((valid & (QuotaConstants.QIF_INODES | QuotaConstants.QIF_ILIMITS)) != 0) {
            inodeDeadline =
                    deadline(
                            inodeSoft != 0 && usedInodes > inodeSoft,
                            inodesTimed ? inodeDeadline : now + inodeGraceSeconds);
        }
    }

    private static long deadline(boolean passed, long at) {
        return passed ? at : 0;
    }
}

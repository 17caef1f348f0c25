package dev.moat.fs.tmpfs;

import dev.moat.abi.Errno;
import dev.moat.abi.IfDqinfo;
import dev.moat.abi.IfNextdqblk;
import dev.moat.abi.QuotaConstants;
import dev.moat.api.swap.Stateful;
import java.util.OptionalInt;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The users, or the groups, of a tmpfs; guarded by the lock of the quotas. */
@Stateful
final class QuotaTable {
    /** A week: SHMEM_MAX_DQ_TIME, mm/shmem_quota.c. */
    private static final long GRACE_SECONDS = 604_800;

    /** Beyond so many, limits are not kept for who has no files: their number is up to guests. */
    private static final int MOST_SET = 65_536;

    private final QuotaOptions.Limits defaults;

    /** By id, without its sign. */
    private final TreeMap<Long, QuotaEntry> entries = new TreeMap<>();

    private boolean enforced = true;
    private long spaceGraceSeconds = GRACE_SECONDS;
    private long inodeGraceSeconds = GRACE_SECONDS;

    QuotaTable(QuotaOptions.Limits defaults) {
        this.defaults = defaults;
    }

    private static long key(int id) {
        return Integer.toUnsignedLong(id);
    }

    /** Whether {@code id} may use so much more. */
    boolean mayAdd(int id, long bytes, long inodes, long now) {
        if (!enforced) {
            return true;
        }
        QuotaEntry entry = entries.get(key(id));
        QuotaEntry judged = entry == null ? new QuotaEntry(id, defaults) : entry;
        return (bytes == 0 || judged.mayAddSpace(bytes, now, spaceGraceSeconds))
                && (inodes == 0 || judged.mayAddInodes(inodes, now, inodeGraceSeconds));
    }

    /** Counts; negative numbers give back. */
    void add(int id, long bytes, long inodes) {
        QuotaEntry entry = entries.computeIfAbsent(key(id), unused -> new QuotaEntry(id, defaults));
        entry.add(bytes, inodes);
        if (entry.isForgettable(defaults)) {
            entries.remove(key(id));
        }
    }

    IfNextdqblk quota(int id) {
        QuotaEntry entry = entries.get(key(id));
        return (entry == null ? new QuotaEntry(id, defaults) : entry).shown();
    }

    OptionalInt next(int id) {
        @Nullable Long found = entries.ceilingKey(key(id));
        return found == null ? OptionalInt.empty() : OptionalInt.of((int) (long) found);
    }

    void set(int id, IfNextdqblk wanted, long now) {
        if (!QuotaEntry.isInRange(wanted)) {
            throw Errno.ERANGE.exception();
        }
        QuotaEntry known = entries.get(key(id));
        if (known == null && entries.size() >= MOST_SET) {
            throw Errno.ENOMEM.exception();
        }
        QuotaEntry entry = known == null ? new QuotaEntry(id, defaults) : known;
        entry.set(wanted, now, spaceGraceSeconds, inodeGraceSeconds);
        if (entry.isForgettable(defaults)) {
            entries.remove(key(id));
        } else {
            entries.put(key(id), entry);
        }
    }

    IfDqinfo info() {
        return new IfDqinfo(
                spaceGraceSeconds,
                inodeGraceSeconds,
                QuotaConstants.DQF_SYS_FILE,
                QuotaConstants.IIF_ALL);
    }

    void setInfo(IfDqinfo wanted) {
        int valid = wanted.valid();
        boolean squash =
                (valid & QuotaConstants.IIF_FLAGS) != 0
                        && (wanted.flags() & QuotaConstants.DQF_ROOT_SQUASH) != 0;
        if (squash) {
            // of the oldest format only
            throw Errno.EINVAL.exception();
        }
        if ((valid & QuotaConstants.IIF_BGRACE) != 0) {
            spaceGraceSeconds = wanted.spaceGraceSeconds();
        }
        if ((valid & QuotaConstants.IIF_IGRACE) != 0) {
            inodeGraceSeconds = wanted.inodeGraceSeconds();
        }
    }

    void enforce(boolean on) {
        if (on == enforced) {
            throw (on ? Errno.EBUSY : Errno.ESRCH).exception();
        }
        enforced = on;
    }
}

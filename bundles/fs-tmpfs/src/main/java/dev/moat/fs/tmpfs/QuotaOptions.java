package dev.moat.fs.tmpfs;

import dev.moat.api.vfs.DiskQuotas.Kind;

/**
 * What mount options say of quotas: tmpfs(5), mm/shmem.c.
 *
 * @param users whether they are counted by user
 * @param groups whether they are counted by group
 * @param userLimits for users who have no limits of their own
 * @param groupLimits as {@code userLimits}
 */
record QuotaOptions(boolean users, boolean groups, Limits userLimits, Limits groupLimits) {
    static final QuotaOptions NONE = new QuotaOptions(false, false, Limits.NONE, Limits.NONE);

    /**
     * Hard limits.
     *
     * @param spaceBytes 0: none
     * @param inodes 0: none
     */
    record Limits(long spaceBytes, long inodes) {
        static final Limits NONE = new Limits(0, 0);
    }

    /** Whether anything is counted. */
    boolean isOn() {
        return users || groups;
    }

    boolean counts(Kind kind) {
        return kind == Kind.USER ? users : groups;
    }

    Limits limits(Kind kind) {
        return kind == Kind.USER ? userLimits : groupLimits;
    }

    QuotaOptions counting(boolean moreUsers, boolean moreGroups) {
        return new QuotaOptions(users || moreUsers, groups || moreGroups, userLimits, groupLimits);
    }

    QuotaOptions withSpace(Kind kind, long bytes) {
        return with(kind, new Limits(bytes, limits(kind).inodes()));
    }

    QuotaOptions withInodes(Kind kind, long inodes) {
        return with(kind, new Limits(limits(kind).spaceBytes(), inodes));
    }

    private QuotaOptions with(Kind kind, Limits limits) {
        return kind == Kind.USER
                ? new QuotaOptions(users, groups, limits, groupLimits)
                : new QuotaOptions(users, groups, userLimits, limits);
    }

    /** Whether these, of a remount, want another limit than {@code former} have. */
    boolean changes(QuotaOptions former) {
        return differs(userLimits.spaceBytes, former.userLimits.spaceBytes)
                || differs(userLimits.inodes, former.userLimits.inodes)
                || differs(groupLimits.spaceBytes, former.groupLimits.spaceBytes)
                || differs(groupLimits.inodes, former.groupLimits.inodes);
    }

    private static boolean differs(long wanted, long former) {
        return wanted != 0 && wanted != former;
    }

    /** As /proc/mounts shows them, each behind a comma: shmem_show_options(). */
    String shown() {
        return (users ? ",usrquota" : "")
                + (groups ? ",grpquota" : "")
                + shown("usrquota_block_hardlimit", userLimits.spaceBytes)
                + shown("grpquota_block_hardlimit", groupLimits.spaceBytes)
                + shown("usrquota_inode_hardlimit", userLimits.inodes)
                + shown("grpquota_inode_hardlimit", groupLimits.inodes);
    }

    private static String shown(String name, long limit) {
        return limit == 0 ? "" : "," + name + "=" + limit;
    }
}

package dev.moat.api.task;

/**
 * Who a task is: credentials(7). Immutable. Ids are those of the sandbox.
 *
 * @param capabilities the five capability sets
 */
@SuppressWarnings("ArrayRecordComponent") // groups are never changed after construction
public record Credentials(
        int uid,
        int gid,
        int effectiveUid,
        int effectiveGid,
        int savedUid,
        int savedGid,
        int fsUid,
        int fsGid,
        int[] groups,
        CapabilitySets capabilities,
        int secureBits,
        boolean noNewPrivileges) {

    /** Capability sets as bit masks, capabilities(7). */
    public record CapabilitySets(
            long permitted, long effective, long inheritable, long bounding, long ambient) {}

    /** Whether the effective set has capability number {@code capability}. */
    public boolean can(int capability) {
        return (capabilities.effective() >>> capability & 1) != 0;
    }

    /** The same with no_new_privs. */
    public Credentials withoutNewPrivileges() {
        return new Credentials(
                uid,
                gid,
                effectiveUid,
                effectiveGid,
                savedUid,
                savedGid,
                fsUid,
                fsGid,
                groups,
                capabilities,
                secureBits,
                true);
    }

    /** Whether {@code gid} is the file system group or a supplementary group. */
    public boolean isInGroup(int gid) {
        if (gid == fsGid) {
            return true;
        }
        for (int group : groups) {
            if (group == gid) {
                return true;
            }
        }
        return false;
    }
}

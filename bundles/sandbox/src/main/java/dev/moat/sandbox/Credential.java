package dev.moat.sandbox;

import dev.moat.api.task.Credentials;
import dev.moat.api.task.Credentials.CapabilitySets;

/** Who the kernel itself is while it sets a sandbox up. */
final class Credential {
    /** CAP_CHECKPOINT_RESTORE = 40 is the last one, include/uapi/linux/capability.h. */
    private static final long ALL_CAPABILITIES = (1L << 41) - 1;

    private Credential() {}

    static Credentials root() {
        return new Credentials(
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                0,
                new int[0],
                new CapabilitySets(ALL_CAPABILITIES, ALL_CAPABILITIES, 0, ALL_CAPABILITIES, 0),
                0,
                false);
    }
}

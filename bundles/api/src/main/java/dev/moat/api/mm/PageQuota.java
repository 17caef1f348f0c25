package dev.moat.api.mm;

import dev.moat.abi.Errno;
import org.osgi.annotation.versioning.ConsumerType;

/** Limits the pages of a file system instance (tmpfs {@code size=}). */
@ConsumerType
public interface PageQuota {
    /** Takes {@code pages}; false if a limit would be passed, see {@link #refusal}. */
    boolean charge(long pages);

    /** Gives pages back. */
    void uncharge(long pages);

    /** Why pages were not to be had just now. */
    default Errno refusal() {
        return Errno.ENOSPC;
    }

    /** No limit. */
    enum Unlimited implements PageQuota {
        INSTANCE;

        @Override
        public boolean charge(long pages) {
            return true;
        }

        @Override
        public void uncharge(long pages) {}
    }
}

package dev.moat.api.mm;

import org.osgi.annotation.versioning.ConsumerType;

/** Limits the pages of a file system instance (tmpfs {@code size=}). */
@ConsumerType
public interface PageQuota {
    /** Takes {@code pages}; false if the limit would be passed (ENOSPC). */
    boolean charge(long pages);

    /** Gives pages back. */
    void uncharge(long pages);

    /** No limit. */
    PageQuota UNLIMITED = Unlimited.INSTANCE;

    /** A name for it: state refers to it. */
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

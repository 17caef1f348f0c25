package dev.moat.syscall;

import dev.moat.api.syscall.SyscallProvider;
import java.util.List;

/**
 * The calls of one provider, bound.
 *
 * @param revision of its bundle; {@link #EVERYWHERE} of one that is in no bundle
 * @param number rises with each registration
 */
record Provided(SyscallProvider provider, long revision, long number, List<BoundCall> calls) {
    static final long EVERYWHERE = -1;
}

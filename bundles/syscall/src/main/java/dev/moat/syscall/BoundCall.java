package dev.moat.syscall;

import dev.moat.api.syscall.SyscallHandler;
import dev.moat.api.syscall.SyscallTable;
import org.jspecify.annotations.Nullable;

/**
 * One annotated method, checked, and linked to a {@link SyscallHandler} when it is first called.
 * Thread safe.
 */
final class BoundCall {
    private final SyscallTable.Entry entry;
    private final CallSite site;

    /**
     * Null until the first call; a race links twice, which is harmless: both handlers do the same.
     */
    private volatile @Nullable SyscallHandler linked;

    BoundCall(SyscallTable.Entry entry, CallSite site) {
        this.entry = entry;
        this.site = site;
    }

    SyscallTable.Entry entry() {
        return entry;
    }

    /** {@code class.method} for messages. */
    String where() {
        return site.where();
    }

    /** The handler: linked now if it was not yet. */
    SyscallHandler link() {
        SyscallHandler handler = linked;
        if (handler == null) {
            handler = HandlerFactory.handlerFor(site);
            linked = handler;
        }
        return handler;
    }

    @Nullable SyscallHandler linkedOrNull() {
        return linked;
    }
}

package dev.moat.sandbox;

import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes a sandbox down, also a half built one, in the opposite order of its making. A part that
 * fails to close is logged and does not keep the others: nothing of a guest may stay behind.
 */
final class Teardown {
    private final Logger logger = LoggerFactory.getLogger(Teardown.class);
    private final KernelSandbox sandbox;
    private final AtomicBoolean done = new AtomicBoolean();

    Teardown(KernelSandbox sandbox) {
        this.sandbox = sandbox;
    }

    void run() {
        if (!done.compareAndSet(false, true)) {
            return;
        }
        close("tasks", sandbox.tasks.orNull());
        close("console", sandbox.console.orNull());
        close("system calls", sandbox.syscalls.orNull());
        close("strace output", sandbox.strace.orNull());
        close("parts", sandbox.parts);
        close("file systems", sandbox.vfs.orNull());
        close("platform", sandbox.platform.orNull());
        close("memory", sandbox.memory.orNull());
    }

    /**
     * Gives back what holds host resources of a sandbox that was read and never ran; its kernel
     * objects may be incomplete, so nobody else is asked.
     */
    void drop() {
        if (done.compareAndSet(false, true)) {
            drop(sandbox.platform.orNull());
            drop(sandbox.memory.orNull());
        }
    }

    private void drop(@Nullable AutoCloseable part) {
        try {
            if (part != null) {
                part.close();
            }
        } catch (Exception e) {
            logger.debug("{}: incomplete state", sandbox.name(), e);
        }
    }

    private void close(String what, @Nullable AutoCloseable part) {
        if (part == null) {
            return;
        }
        try {
            part.close();
        } catch (Exception e) {
            logger.error("{}: closing {} failed", sandbox.name(), what, e);
        }
    }
}

package dev.moat.uring;

import dev.moat.abi.Errno;
import org.jspecify.annotations.Nullable;

/** What an operation ends with that has thrown something else than an errno. */
final class KernelBug {
    private KernelBug() {}

    /** ENOMEM if the heap of the kernel host is full, which is nobody's fault; else EIO. */
    static long result(Throwable bug) {
        return (isOutOfMemory(bug) ? Errno.ENOMEM : Errno.EIO).negated();
    }

    /** Whether the heap of the kernel host was full. */
    static boolean isOutOfMemory(Throwable bug) {
        return bug instanceof OutOfMemoryError || bug.getCause() instanceof OutOfMemoryError;
    }

    /** Throws what was thrown by an operation, if anything was. */
    static void rethrow(@Nullable Throwable bug) {
        switch (bug) {
            case null -> {}
            case RuntimeException failure -> throw failure;
            case Error failure -> throw failure;
            default -> throw new IllegalStateException(bug);
        }
    }
}

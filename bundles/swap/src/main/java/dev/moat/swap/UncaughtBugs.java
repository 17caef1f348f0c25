package dev.moat.swap;

import java.lang.Thread.UncaughtExceptionHandler;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Hears of everything that ends a thread of the kernel host which is no task's: watchers,
 * balancers, keepers of clocks. Such threads know no sandbox that they could tell; whoever adds one
 * cannot forget this handler, because it is the virtual machine's default.
 */
final class UncaughtBugs implements UncaughtExceptionHandler, AutoCloseable {
    private final Logger logger = LoggerFactory.getLogger(UncaughtBugs.class);
    private final Consumer<Throwable> listener;
    private final @Nullable UncaughtExceptionHandler before;

    private UncaughtBugs(Consumer<Throwable> listener) {
        this.listener = listener;
        this.before = Thread.getDefaultUncaughtExceptionHandler();
    }

    /** Tells {@code listener} of them, on the thread that ends, until it is closed. */
    static UncaughtBugs tellTo(Consumer<Throwable> listener) {
        UncaughtBugs handler = new UncaughtBugs(listener);
        Thread.setDefaultUncaughtExceptionHandler(handler);
        return handler;
    }

    @Override
    public void uncaughtException(Thread thread, Throwable bug) {
        logger.error("kernel bug: thread {} ends", thread.getName(), bug);
        listener.accept(bug);
    }

    @Override
    public void close() {
        if (Thread.getDefaultUncaughtExceptionHandler() == this) {
            Thread.setDefaultUncaughtExceptionHandler(before);
        }
    }
}

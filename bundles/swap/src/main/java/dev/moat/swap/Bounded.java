package dev.moat.swap;

import dev.moat.api.swap.IncompatibleStateException;
import dev.moat.api.swap.SwapException;
import java.time.Duration;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Runs code of a new revision, which may do anything, for a limited time. */
final class Bounded {
    private final Duration limit;

    Bounded(Duration limit) {
        this.limit = limit;
    }

    /**
     * Runs {@code work} on a thread of its own; one that takes too long is interrupted and left
     * behind.
     *
     * @param what for the message
     * @throws SwapException it failed or took too long
     */
    <T> T call(String what, Callable<T> work) {
        var task = new FutureTask<>(work);
        Thread.ofPlatform().daemon().name("moat-swap-" + what).start(task);
        try {
            return task.get(limit.toNanos(), TimeUnit.NANOSECONDS);
        } catch (TimeoutException e) {
            task.cancel(true);
            throw new SwapException(what + " took longer than " + limit.toMillis() + " ms", e);
        } catch (ExecutionException e) {
            Throwable cause = e.getCause() == null ? e : e.getCause();
            throw new SwapException(what + " failed: " + reason(cause), cause);
        } catch (InterruptedException e) {
            task.cancel(true);
            Thread.currentThread().interrupt();
            throw new SwapException(what + " was interrupted", e);
        }
    }

    void run(String what, Runnable work) {
        call(
                what,
                () -> {
                    work.run();
                    return what;
                });
    }

    private static String reason(Throwable cause) {
        String message = String.valueOf(cause.getMessage()).lines().findFirst().orElse("");
        return cause instanceof IncompatibleStateException || cause instanceof SwapException
                ? message
                : cause.getClass().getName() + ": " + message;
    }
}

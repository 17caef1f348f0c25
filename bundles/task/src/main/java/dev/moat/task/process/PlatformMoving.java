package dev.moat.task.process;

import dev.moat.api.mm.MemoryService.PlatformMove;
import dev.moat.api.platform.PlatformSession;
import dev.moat.api.swap.SafePoint;
import dev.moat.api.swap.SwapException;
import dev.moat.api.swap.TaskThread;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * Moves the tasks of a sandbox to another platform while they stand at the safe point: each gets a
 * context with the same registers, each address space a place. First everything is made beside what
 * is there, which may fail; then all is exchanged, which cannot.
 */
final class PlatformMoving {
    /** For a context of the new platform: far more than it needs, less than anybody waits for. */
    private static final Duration LIMIT = Duration.ofSeconds(5);

    private final TaskServices services;
    private final SafePoint safePoint;

    PlatformMoving(TaskServices services) {
        this.services = services;
        this.safePoint = services.sandbox().safePoint();
    }

    void run(PlatformSession target) {
        PlatformSession former = services.platform().get();
        if (former.sharesTimestampCounter() && !target.sharesTimestampCounter()) {
            throw new SwapException(
                    "programs read the time stamp counter, which the platform does not share");
        }
        PlatformMove memory = services.memory().prepareMove(target);
        List<Throwable> failures =
                safePoint.onEachThread(
                        thread -> loopOf(thread).prepareMove(target),
                        thread -> loopOf(thread).cancelMove(),
                        LIMIT.toNanos());
        if (!failures.isEmpty()) {
            List<Throwable> further = onEach(RunLoop::cancelMove);
            memory.cancel();
            SwapException refused =
                    new SwapException(
                            "the platform refuses a context: " + failures.getFirst().getMessage(),
                            failures.getFirst());
            further.forEach(refused::addSuppressed);
            throw refused;
        }
        List<Throwable> leftovers = onEach(RunLoop::commitMove);
        memory.commit();
        services.platform().set(target);
        for (Throwable leftover : leftovers) {
            services.sandbox().log("platform: a former context was not closed: " + leftover);
        }
    }

    private List<Throwable> onEach(Consumer<RunLoop> step) {
        return safePoint.onEachThread(thread -> step.accept(loopOf(thread)));
    }

    private static RunLoop loopOf(TaskThread thread) {
        if (thread.body() instanceof RunLoop loop) {
            return loop;
        }
        throw new IllegalStateException("a thread that runs no task: " + thread.body());
    }
}

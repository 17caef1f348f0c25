package dev.moat.uring;

import dev.moat.abi.Errno;
import dev.moat.abi.IoUring;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Works on a request that the caller owns and on all that goes on because of it: the rest of its
 * chain, what it has cancelled, what had to wait for its end. A list of steps, not calls in calls:
 * the guest says how many there are. Lives for one call.
 */
final class Progress {
    /** What is to be done; all requests are owned by who has this. */
    private sealed interface Step {
        record Work(Request request) implements Step {}

        record End(Request request, long result) implements Step {}

        /** The rest of a chain is not done. */
        record Skip(Request first, boolean mute) implements Step {}

        /** What was deferred has been worked on, as far as that goes. */
        record Started() implements Step {}
    }

    private final Ring ring;

    /** The next one is the first. */
    private final ArrayDeque<Step> steps = new ArrayDeque<>();

    /** Thrown by an operation: a bug of the kernel. */
    private @Nullable Throwable bug;

    private Progress(Ring ring) {
        this.ring = ring;
    }

    /**
     * Works on a request.
     *
     * @throws RuntimeException an operation has failed by a bug of the kernel, or an Error is
     *     thrown; it was ended, and all is done
     */
    static void work(Ring ring, Request request) {
        new Progress(ring).run(new Step.Work(request));
    }

    /** Ends a request; see {@link #work}. */
    static void end(Ring ring, Request request, long result) {
        new Progress(ring).run(new Step.End(request, result));
    }

    private void run(Step first) {
        Step step = first;
        while (step != null) {
            switch (step) {
                case Step.Work(Request request) -> attempt(request);
                case Step.End(Request request, long result) -> finish(request, result);
                case Step.Skip(Request request, boolean mute) ->
                        Cancellation.failChain(ring, request, mute);
                case Step.Started() -> {
                    ring.deferredStarted();
                    startDeferred();
                }
            }
            step = steps.pollFirst();
        }
        KernelBug.rethrow(bug);
    }

    private void attempt(Request request) {
        LinkedTimeouts.arm(ring, request, this::finish);
        long result;
        try {
            result = new Attempt(ring, request).step();
        } catch (RuntimeException | Error e) {
            bug = e;
            result = KernelBug.result(e);
        }
        if (result != Request.PENDING) {
            finish(request, result);
        }
    }

    /** Tells the end of a request; what follows from it becomes the next steps. */
    private void finish(Request request, long result) {
        ring.worker().removeTimed(request);
        int bufferFlags = request.bufferFlags();
        boolean silent = request.isSilent(result);
        boolean broken = request.breaksChain(result);
        boolean mute = broken && request.sqe().has(IoUring.IOSQE_CQE_SKIP_SUCCESS);
        Request next = request.next();
        request.setNext(null);
        List<Resource> held = request.takeHeld();
        request.free();
        boolean timeout = Operation.of(request.sqe().opcode()) == Operation.TIMEOUT;
        boolean notice = request.hasNotice();
        int more = notice ? IoUring.IORING_CQE_F_MORE : 0;
        if (!silent) {
            ring.post(request.completion((int) result, more | bufferFlags), !timeout);
        }
        if (notice) {
            ring.post(new Cqe(request.userData(), 0, IoUring.IORING_CQE_F_NOTIF), true);
        }
        held.forEach(Resource::release);
        ring.leave(request);
        List<Step> following = new ArrayList<>();
        for (Request other : request.takeAfterwards()) {
            following.add(stepOf(other));
        }
        Request limit = LinkedTimeouts.release(request);
        if (limit != null) {
            following.add(new Step.End(limit, Errno.ECANCELED.negated()));
        }
        if (next != null && broken) {
            following.add(new Step.Skip(next, mute));
            next = null;
        }
        if (next != null) {
            ring.enter(next);
            steps.addFirst(new Step.Work(next));
        }
        startDeferred();
        for (Step step : following.reversed()) {
            steps.addFirst(step);
        }
    }

    /** One that was cancelled ends; any other one, that was woken a moment ago, goes on. */
    private static Step stepOf(Request request) {
        return Cancellation.ends(request)
                ? new Step.End(request, Cancellation.resultOf(request))
                : new Step.Work(request);
    }

    /** Begins what has waited for the end of others, one after the other. */
    private void startDeferred() {
        Request head = ring.startDeferred();
        if (head != null) {
            steps.addFirst(new Step.Started());
            steps.addFirst(new Step.Work(head));
        }
    }

    /**
     * Ends one that was cancelled, or goes on with it: it waits no more, and the caller owns it.
     */
    static void conclude(Ring ring, Request request) {
        new Progress(ring).run(stepOf(request));
    }
}

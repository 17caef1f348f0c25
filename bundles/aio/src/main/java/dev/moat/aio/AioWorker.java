package dev.moat.aio;

import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.SandboxWorker;
import dev.moat.api.swap.SandboxWorkerUpgrade;
import dev.moat.api.swap.Stateful;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.locks.LockSupport;

/** Ends polls that were woken, and contexts whose memory is gone; starts with the first context. */
@Stateful(version = 2, upgrade = SandboxWorkerUpgrade.class)
final class AioWorker extends SandboxWorker {
    private static final String PART = "aio.worker";

    private final ConcurrentLinkedQueue<AioPoll> woken = new ConcurrentLinkedQueue<>();
    private final ConcurrentLinkedQueue<AioContext> abandoned = new ConcurrentLinkedQueue<>();

    private AioWorker(Sandbox sandbox) {
        super(sandbox);
    }

    static AioWorker of(Sandbox sandbox) {
        return (AioWorker) sandbox.part(PART, () -> create(sandbox));
    }

    private static AioWorker create(Sandbox sandbox) {
        AioWorker worker = new AioWorker(sandbox);
        sandbox.safePoint().addSuspendable(worker);
        return worker;
    }

    /** Any thread, with locks of rank below TASK. */
    void enqueue(AioPoll poll) {
        woken.add(poll);
        unpark();
    }

    /** As {@link #enqueue}. */
    void enqueue(AioContext context) {
        abandoned.add(context);
        unpark();
    }

    @Override
    protected String purpose() {
        return "aio";
    }

    @Override
    protected void work() {
        while (!isStopping()) {
            AioPoll poll;
            while (!isStopping() && (poll = woken.poll()) != null) {
                poll.dequeued();
                poll.context().look(poll);
            }
            AioContext context;
            while (!isStopping() && (context = abandoned.poll()) != null) {
                AioTable.of(sandbox()).remove(context);
            }
            if (woken.isEmpty() && abandoned.isEmpty() && !isStopping()) {
                LockSupport.park(this);
            }
        }
    }
}

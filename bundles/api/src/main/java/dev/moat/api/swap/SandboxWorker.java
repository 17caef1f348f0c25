package dev.moat.api.swap;

import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.sandbox.Sandbox;
import java.util.concurrent.locks.LockSupport;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * What a sandbox has one thread for, which begins when it is first wanted: a guest that asks for
 * many things does not get many threads of the kernel host. It ends for a safe point and begins
 * again after it. Whoever makes one registers it with {@link SafePoint#addSuspendable}.
 */
@ConsumerType
public abstract class SandboxWorker implements Suspendable, AutoCloseable {
    private final Sandbox sandbox;
    private final RankedLock threadLock = new RankedLock(LockRank.TASK);

    /** There was something to do once. Guarded by the lock. */
    private boolean wanted;

    /** Written by {@link #suspend}, read by the thread, which is unparked afterwards. */
    private volatile boolean stopping;

    /** Null while there is none. */
    @Derived("started again")
    private volatile @Nullable Thread thread;

    protected SandboxWorker(Sandbox sandbox) {
        this.sandbox = sandbox;
    }

    protected final Sandbox sandbox() {
        return sandbox;
    }

    /** What the thread does, for its name. */
    protected abstract String purpose();

    /**
     * Runs on the thread: does what is to be done, parks where there is nothing, and returns as
     * soon as it {@link #isStopping}; what is left to do then waits in fields until it is called
     * again.
     */
    protected abstract void work();

    protected final boolean isStopping() {
        return stopping;
    }

    /** Makes sure that somebody takes what is to be done. */
    public final void start() {
        if (thread == null) {
            threadLock.lock();
            try {
                wanted = true;
                startLocked();
            } finally {
                threadLock.unlock();
            }
        }
    }

    private void startLocked() {
        if (thread == null && !stopping) {
            Thread fresh =
                    Thread.ofPlatform()
                            .daemon()
                            .name("moat-" + purpose() + "-" + sandbox.name())
                            .unstarted(this::work);
            thread = fresh;
            fresh.start();
        }
    }

    /** Has the thread look around, if there is one. Any thread, whatever locks it holds. */
    protected final void unpark() {
        LockSupport.unpark(thread);
    }

    @Override
    public final void suspend() {
        Thread running = thread;
        if (running == null) {
            return;
        }
        stopping = true;
        LockSupport.unpark(running);
        Suspendable.awaitEnd(running);
        thread = null;
        stopping = false;
    }

    @Override
    public final void resume() {
        threadLock.lock();
        try {
            if (wanted) {
                startLocked();
            }
        } finally {
            threadLock.unlock();
        }
    }

    @Override
    public final void close() {
        sandbox.safePoint().removeSuspendable(this);
        suspend();
    }
}

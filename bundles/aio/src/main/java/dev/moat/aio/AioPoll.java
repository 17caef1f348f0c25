package dev.moat.aio;

import dev.moat.abi.PollFlags;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.FileDescription;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;

/** An IOCB_CMD_POLL that waits: whoever takes it ends it. */
@Stateful
final class AioPoll implements WaitQueue.Waiter {
    private final AioContext context;
    private final Iocb iocb;
    private final Task submitter;

    /** Both with a reference, which {@link #release} gives back. */
    private final FileDescription file;

    private final @Nullable FileDescription eventFile;

    private final int wanted;
    private final AtomicBoolean taken = new AtomicBoolean();

    /** It stands in the worker's queue. */
    private final AtomicBoolean queued = new AtomicBoolean();

    AioPoll(
            AioContext context,
            Iocb iocb,
            Task submitter,
            FileDescription file,
            @Nullable FileDescription eventFile) {
        this.context = context;
        this.iocb = iocb;
        this.submitter = submitter;
        this.file = file;
        this.eventFile = eventFile;
        this.wanted = (int) iocb.buffer() | PollFlags.POLLERR | PollFlags.POLLHUP;
    }

    AioContext context() {
        return context;
    }

    Iocb iocb() {
        return iocb;
    }

    @Nullable FileDescription eventFile() {
        return eventFile;
    }

    /** What of the wanted is so now. */
    int ready() {
        return file.readiness(submitter) & wanted;
    }

    /** Listens to the file; a file that never changes is never heard of. */
    void listen() {
        WaitQueue queue = file.waitQueue(submitter);
        if (queue != null) {
            queue.add(this);
        }
    }

    /** Whether the caller is the one to end it. */
    boolean take() {
        return taken.compareAndSet(false, true);
    }

    boolean isTaken() {
        return taken.get();
    }

    void dequeued() {
        queued.set(false);
    }

    @Override
    public boolean woken(int events) {
        if (!taken.get() && queued.compareAndSet(false, true)) {
            context.worker().enqueue(this);
        }
        return false;
    }

    /** It is over: stops listening. */
    void release() {
        WaitQueue queue = file.waitQueue(submitter);
        if (queue != null) {
            queue.remove(this);
        }
        file.release();
        if (eventFile != null) {
            eventFile.release();
        }
    }
}

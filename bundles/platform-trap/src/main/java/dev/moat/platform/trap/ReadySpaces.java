package dev.moat.platform.trap;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.lib.stub.StubParent;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** Empty spaces made beforehand, so that execve(2) need not wait for processes and threads. */
final class ReadySpaces {
    private static final int WANTED = 2;

    private final TemplateStub template;
    private final StubParent worker;
    private final Queue<TrapSpace> ready = new ConcurrentLinkedQueue<>();

    /** Ready and under way. */
    private final AtomicInteger count = new AtomicInteger();

    ReadySpaces(TemplateStub template, StubParent worker) {
        this.template = template;
        this.worker = worker;
    }

    /** Adds one that is complete. */
    void add(TrapSpace space) {
        count.incrementAndGet();
        ready.add(space);
    }

    /** An empty space; another one is made for the next who asks. */
    TrapSpace take() {
        TrapSpace space = ready.poll();
        if (space == null) {
            space = make();
        } else {
            count.decrementAndGet();
        }
        if (count.get() < WANTED) {
            count.incrementAndGet();
            worker.later(this::refill);
        }
        return space;
    }

    private TrapSpace make() {
        try {
            return template.makeSpace();
        } catch (StubLostException e) {
            throw Errno.ENOMEM.exception();
        }
    }

    private void refill() {
        try {
            TrapSpace space = template.makeSpace();
            space.probe();
            ready.add(space);
        } catch (StubLostException | ErrnoException e) {
            // whoever needs one tries again, and is told
            count.decrementAndGet();
        }
    }
}

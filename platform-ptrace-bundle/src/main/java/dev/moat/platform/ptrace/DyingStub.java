package dev.moat.platform.ptrace;

import dev.moat.api.host.HostProcesses;
import dev.moat.lib.stub.KilledStub;
import dev.moat.lib.stub.StubParent;
import java.lang.foreign.MemorySegment;
import java.util.Collection;
import java.util.Iterator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A stub process that was killed and has not been collected yet.
 *
 * <p>A thread that somebody traces is his to wait for, until he lets go of it: a thread of the
 * kernel host that sits in wait4(2) for a tracee is not woken when another one collects it. For the
 * same reason nothing here ever blocks.
 */
final class DyingStub implements KilledStub {
    private final int processId;
    private final ControlPage controlPage;

    /** Threads with a tracer who may be waiting. */
    private final Set<Integer> traced = ConcurrentHashMap.newKeySet();

    /** Threads that nobody waits for any more. */
    private final Set<Integer> released = ConcurrentHashMap.newKeySet();

    /**
     * @param tids threads that are traced
     */
    DyingStub(int processId, Collection<Integer> tids, ControlPage controlPage) {
        this.processId = processId;
        this.controlPage = controlPage;
        traced.addAll(tids);
        released.add(processId);
    }

    /** The tracer of {@code tid} has done with it. */
    void release(int tid) {
        released.add(tid);
        traced.remove(tid);
    }

    @Override
    public void releaseAll() {
        traced.forEach(this::release);
    }

    @Override
    public boolean collect(HostProcesses host, MemorySegment status) {
        Iterator<Integer> threads = released.iterator();
        while (threads.hasNext()) {
            int tid = threads.next();
            if (!traced.contains(tid) && StubParent.isGone(host, tid, status)) {
                threads.remove();
            }
        }
        if (!released.isEmpty() || !traced.isEmpty()) {
            return false;
        }
        controlPage.close();
        return true;
    }
}

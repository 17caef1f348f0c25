package dev.moat.platform.ptrace;

import dev.moat.abi.Errno;
import dev.moat.api.host.HostResult;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.platform.AddressSpace;
import dev.moat.api.platform.Protection;
import dev.moat.lib.stub.StubMappings;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;

/** One stub process: the mappings of one guest address space. */
final class StubSpace implements AddressSpace {
    /** CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM. */
    private static final long THREAD_FLAGS = 0x50f00;

    /** CLONE_PARENT: every stub process is a child of the kernel host, however deep guests fork. */
    private static final long PROCESS_FLAGS = 0x8000;

    private static final long SAME_CONTROL_PAGE = -1;

    /** Parked threads that are kept for the guest's next thread; further ones end. */
    private static final int MAX_PARKED = 8;

    private static final int SIGKILL = 9;

    private final PtraceSession session;
    private final int processId;
    private final ControlPage controlPage;

    /** Also serialises what the stub process does for us. */
    private final RankedLock lock = new RankedLock(LockRank.PLATFORM);

    private final StubMappings mappings;

    /**
     * Untraced threads in stub code; never empty: the last one, the keeper, is cloned before it is
     * given away.
     */
    private final Deque<Integer> parked = new ArrayDeque<>();

    /** Contexts bound to this space; read without the lock by {@link #sync}. */
    private final CopyOnWriteArrayList<StubContext> contexts = new CopyOnWriteArrayList<>();

    /** For the parked threads; made when first needed, used under the lock by any thread. */
    private @Nullable Tracee keeper;

    /**
     * Whether the queue holds changes; volatile so that contexts can look without the lock on each
     * run.
     */
    private volatile boolean pending;

    /** How many contexts have been bound; volatile for readers without the lock. */
    private volatile int bindings;

    /** Set when the space is closed. */
    private @Nullable DyingStub dying;

    /** A space around a new stub process whose only thread is parked, or about to be. */
    StubSpace(
            PtraceSession session, int processId, ControlPage controlPage, StubMappings mappings) {
        this.session = session;
        this.processId = processId;
        this.controlPage = controlPage;
        this.mappings = mappings;
        parked.push(processId);
    }

    int processId() {
        return processId;
    }

    /** Whether all that the process ever did was for one context. */
    boolean hasOneContextEver() {
        return bindings == 1;
    }

    boolean hasPendingChanges() {
        return pending;
    }

    @Override
    public void map(long address, long lengthBytes, long memoryFileOffset, Protection protection) {
        lock.lock();
        try {
            mappings.map(address, lengthBytes, memoryFileOffset, protection.bits());
            pending = true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void mapPresent(
            long address, long lengthBytes, long memoryFileOffset, Protection protection) {
        lock.lock();
        try {
            mappings.mapPresent(address, lengthBytes, memoryFileOffset, protection.bits());
            pending = true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void unmap(long address, long lengthBytes) {
        lock.lock();
        try {
            if (mappings.intersects(address, lengthBytes)) {
                mappings.unmap(address, lengthBytes);
                pending = true;
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void protect(long address, long lengthBytes, Protection protection) {
        lock.lock();
        try {
            mappings.protect(address, lengthBytes, protection.bits());
            pending |= !mappings.queue().isEmpty();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void sync() {
        // a context that enters the guest after this look sees the queue first: see StubContext.run
        if (pending && isRunning()) {
            lock.lock();
            try {
                if (dying == null) {
                    applyByAnyoneLocked();
                }
            } catch (StubLostException e) {
                // the process is gone, and its mappings with it
                mappings.queue().clear();
                pending = false;
            } finally {
                lock.unlock();
            }
        }
    }

    @Override
    public boolean synchronizeCores() {
        lock.lock();
        try {
            if (dying != null) {
                return false;
            }
            StubContext own = session.contextOfCurrentThread();
            if (own != null && own.isBoundTo(this)) {
                own.prepareDetour();
                return synchronizeLocked(own.tracee());
            }
            Tracee thread = seizeKeeperLocked();
            try {
                return synchronizeLocked(thread);
            } finally {
                thread.parkQuietly();
            }
        } catch (StubLostException e) {
            // the process is gone: nothing runs
            return false;
        } finally {
            lock.unlock();
        }
    }

    private boolean synchronizeLocked(Tracee thread) throws StubLostException {
        applyLocked(thread);
        controlPage.clear();
        controlPage.addCodeBarrier();
        thread.doBatch(controlPage.entries(), 0, 0);
        return thread.undoneCalls() == 0;
    }

    private boolean isRunning() {
        for (StubContext context : contexts) {
            if (context.isInGuest()) {
                return true;
            }
        }
        return false;
    }

    private void applyByAnyoneLocked() throws StubLostException {
        StubContext own = session.contextOfCurrentThread();
        if (own != null && own.isBoundTo(this)) {
            own.prepareDetour();
            applyLocked(own.tracee());
        } else {
            Tracee thread = seizeKeeperLocked();
            try {
                applyLocked(thread);
            } finally {
                thread.parkQuietly();
            }
        }
    }

    /** The keeper, stopped; to be parked afterwards. */
    private Tracee seizeKeeperLocked() throws StubLostException {
        Tracee thread = keeper;
        if (thread == null) {
            thread = session.newTracee();
            keeper = thread;
        }
        int tid = parked.element();
        session.placement().followCaller(tid);
        thread.seize(processId, tid);
        thread.doFirstBatch(controlPage.fileOffset(), 0, 0, 0);
        return thread;
    }

    /** Does all queued changes by a stopped thread of this process whose registers are saved. */
    void apply(Tracee thread) throws StubLostException {
        lock.lock();
        try {
            applyLocked(thread);
        } finally {
            lock.unlock();
        }
    }

    private void applyLocked(Tracee thread) throws StubLostException {
        while (!mappings.queue().isEmpty()) {
            fillPageLocked();
            afterBatchLocked(thread, thread.doBatch(controlPage.entries(), 0, 0), 0, 0);
        }
        pending = false;
    }

    private void fillPageLocked() {
        controlPage.clear();
        mappings.queue().moveTo(controlPage);
    }

    /**
     * Sees to it that the mappings of a batch were made, and gives the result of its clone: the
     * host may refuse a mapping for reasons of its own (ENOMEM), in which case all are dropped and
     * faults bring back what is in use.
     */
    private long afterBatchLocked(
            Tracee thread, long result, long cloneFlags, long cloneControlOffset)
            throws StubLostException {
        if (thread.undoneCalls() == 0) {
            return result;
        }
        mappings.dropAll();
        pending = true;
        fillPageLocked();
        long second = thread.doBatch(controlPage.entries(), cloneFlags, cloneControlOffset);
        if (thread.undoneCalls() != 0) {
            throw new StubLostException("the host refuses to unmap: errno " + -second);
        }
        return second;
    }

    /** Gives the calling thread a stopped thread of this process, for {@code context}. */
    void bind(StubContext context, Tracee thread) throws StubLostException {
        lock.lock();
        try {
            if (dying != null) {
                throw new StubLostException("address space is closed");
            }
            int tid = parked.pop();
            boolean done = false;
            try {
                session.placement().follow(context.placed(), tid);
                thread.seize(processId, tid);
                firstBatchLocked(thread);
                contexts.add(context);
                bindings++;
                done = true;
            } finally {
                if (!done) {
                    parked.push(tid);
                    thread.parkQuietly();
                }
            }
        } finally {
            lock.unlock();
        }
    }

    private void firstBatchLocked(Tracee thread) throws StubLostException {
        boolean wasKeeper = parked.isEmpty();
        long cloneFlags = wasKeeper ? THREAD_FLAGS : 0;
        fillPageLocked();
        long result =
                thread.doFirstBatch(
                        controlPage.fileOffset(),
                        controlPage.entries(),
                        cloneFlags,
                        SAME_CONTROL_PAGE);
        result = afterBatchLocked(thread, result, cloneFlags, SAME_CONTROL_PAGE);
        if (wasKeeper) {
            if (HostResult.failed(result)) {
                throw new StubLostException("the host refuses another thread: errno " + -result);
            }
            parked.push((int) result);
        }
        applyLocked(thread);
    }

    /** Takes back what {@link #bind} gave. */
    void unbind(StubContext context, Tracee thread) {
        lock.lock();
        try {
            contexts.remove(context);
            if (dying != null) {
                dying.release(thread.tid());
                return;
            }
            if (!thread.isAttached()) {
                return;
            }
            // the first thread of a process cannot be collected before the others
            if (parked.size() < MAX_PARKED || thread.tid() == processId) {
                thread.park();
                parked.addLast(thread.tid());
            } else {
                thread.end();
            }
        } catch (StubLostException e) {
            // gone already: nothing to give back
        } finally {
            lock.unlock();
        }
    }

    @Override
    public AddressSpace fork() {
        lock.lock();
        try {
            StubContext own = session.contextOfCurrentThread();
            if (own != null && own.isBoundTo(this)) {
                own.prepareDetour();
                return forkLocked(own.tracee());
            }
            Tracee thread = seizeKeeperLocked();
            try {
                return forkLocked(thread);
            } finally {
                thread.parkQuietly();
            }
        } catch (StubLostException e) {
            throw Errno.ENOMEM.exception();
        } finally {
            lock.unlock();
        }
    }

    private AddressSpace forkLocked(Tracee thread) throws StubLostException {
        ControlPage childPage = session.controlFile().allocate();
        boolean done = false;
        try {
            applyAllButOnePageLocked(thread);
            long offset = childPage.fileOffset();
            long result = thread.doBatch(controlPage.entries(), PROCESS_FLAGS, offset);
            // EAGAIN or ENOMEM go to the guest
            long child =
                    HostResult.orThrow(afterBatchLocked(thread, result, PROCESS_FLAGS, offset));
            pending = false;
            done = true;
            return session.adopt(new StubSpace(session, (int) child, childPage, mappings.copy()));
        } finally {
            if (!done) {
                childPage.close();
            }
        }
    }

    /** Leaves the last part of the queue on the control page, to be done together with a clone. */
    private void applyAllButOnePageLocked(Tracee thread) throws StubLostException {
        fillPageLocked();
        while (!mappings.queue().isEmpty()) {
            afterBatchLocked(thread, thread.doBatch(controlPage.entries(), 0, 0), 0, 0);
            fillPageLocked();
        }
    }

    @Override
    public void close() {
        DyingStub stub;
        lock.lock();
        try {
            if (dying != null) {
                return;
            }
            List<Integer> threads = new ArrayList<>();
            for (StubContext context : contexts) {
                threads.add(context.tracee().tid());
            }
            stub = new DyingStub(processId, threads, controlPage);
            dying = stub;
            // taking a process apart is work that should not hold up those who wait for its end
            threads.forEach(session.placement()::scatter);
            parked.forEach(session.placement()::scatter);
            session.processes().signalProcess(processId, SIGKILL);
        } finally {
            lock.unlock();
        }
        session.forget(this);
        session.reaper().reap(stub);
    }
}

package dev.moat.platform.trap;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
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
final class TrapSpace implements AddressSpace {
    /** Threads without a context that are kept for the guest's next thread; further ones end. */
    private static final int MAX_PARKED = 8;

    /** The command that a new process finds on its control page. */
    private static final int FIRST_SEQUENCE = 1;

    private static final int SIGKILL = 9;

    private final TrapSession session;
    private final int processId;
    private final int pidfd;
    private final ControlPages pages;
    private final Factory factory;

    /** Also serialises what the stub process does for us. */
    private final RankedLock lock = new RankedLock(LockRank.PLATFORM);

    private final StubMappings mappings;
    private final CallPatches patches;

    /** Whether sites are patched; volatile for contexts, which then need more than before. */
    private volatile boolean patched;

    /** Stopped guest threads that no context has. */
    private final Deque<GuestThread> parked = new ArrayDeque<>();

    /** Slots that this process has mapped: those of its threads and those of ended ones. */
    private final List<Slot> slots = new ArrayList<>();

    private final Deque<Slot> freeSlots = new ArrayDeque<>();

    /** Contexts bound to this space; read without the lock by {@link #sync}. */
    private final CopyOnWriteArrayList<TrapContext> contexts = new CopyOnWriteArrayList<>();

    /** There from the first use on: a new process is left to itself until then. */
    private @Nullable Mapper mapper;

    /**
     * Whether the queue holds changes; volatile so that contexts can look without the lock on each
     * run.
     */
    private volatile boolean pending;

    /** How many guest threads there have been; volatile for readers without the lock. */
    private volatile int threadsMade;

    /** Set when the space is closed. */
    private @Nullable DyingStub dying;

    /**
     * A space around a new stub process.
     *
     * @param firstSlot of the guest thread that it makes by itself
     */
    TrapSpace(
            TrapSession session,
            Stub stub,
            ControlPages pages,
            Slot firstSlot,
            Inheritance inherited) {
        this.session = session;
        mappings = inherited.mappings();
        patches = inherited.patches();
        patched = !patches.isEmpty();
        this.processId = stub.processId();
        this.pidfd = stub.pidfd();
        this.pages = pages;
        factory = new Factory(session, pages, processId, pidfd, FIRST_SEQUENCE);
        slots.add(firstSlot);
    }

    /** What a new process has of the one that it was cloned from. */
    record Inheritance(StubMappings mappings, CallPatches patches) {}

    int processId() {
        return processId;
    }

    boolean isPatched() {
        return patched;
    }

    boolean isPatching() {
        return session.isPatching();
    }

    @Override
    public boolean patchCall(long behind, long memoryFileOffset) {
        lock.lock();
        try {
            if (dying != null || !patches.patch(behind, memoryFileOffset, mappings.queue())) {
                return false;
            }
            patched = true;
            pending = true;
            return true;
        } finally {
            lock.unlock();
        }
    }

    /** Takes back what is patched around a site, for good. */
    void giveUpPatch(long behind) {
        lock.lock();
        try {
            patches.giveUp(behind, mappings.queue());
            pending = true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void occupy(long address, long lengthBytes) {
        if (!CallPatches.meetsTable(address, lengthBytes)) {
            return;
        }
        lock.lock();
        try {
            if (patches.occupy(address, lengthBytes, mappings.queue()) && dying == null) {
                applyLocked();
            }
        } catch (StubLostException e) {
            // the process is gone, and everything in it
        } finally {
            lock.unlock();
        }
    }

    /** Whether all that the process ever did was for one guest thread. */
    boolean hasOneThreadEver() {
        return threadsMade == 1;
    }

    boolean hasPendingChanges() {
        return pending;
    }

    @Override
    public void map(long address, long lengthBytes, long memoryFileOffset, Protection protection) {
        lock.lock();
        try {
            patches.drop(address, lengthBytes, mappings.queue());
            noteLocked(mappings.map(address, lengthBytes, memoryFileOffset, protection.bits()));
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void mapPresent(
            long address, long lengthBytes, long memoryFileOffset, Protection protection) {
        lock.lock();
        try {
            patches.drop(address, lengthBytes, mappings.queue());
            noteLocked(
                    mappings.mapPresent(address, lengthBytes, memoryFileOffset, protection.bits()));
        } finally {
            lock.unlock();
        }
    }

    /** With one mapping too many all were dropped, patches among them. */
    private void noteLocked(boolean fits) {
        if (!fits) {
            patches.forget();
        }
        pending = true;
    }

    private void dropAllLocked() {
        mappings.dropAll();
        patches.forget();
        pending = true;
    }

    @Override
    public void unmap(long address, long lengthBytes) {
        lock.lock();
        try {
            if (mappings.intersects(address, lengthBytes)) {
                patches.drop(address, lengthBytes, mappings.queue());
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
            patches.revert(address, lengthBytes, mappings.queue());
            mappings.protect(address, lengthBytes, protection.bits());
            pending |= !mappings.queue().isEmpty();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void sync() {
        // a context that enters the guest after this look sees the queue first: see TrapContext.run
        if (pending && isRunning()) {
            try {
                apply();
            } catch (StubLostException e) {
                // the process is gone, and its mappings with it: contexts learn that by themselves
            }
        }
    }

    /**
     * Leaves a removal to the host, which does it in the only context's own munmap(2), if nothing
     * else is to be done: nobody else runs here who could still see what was there.
     *
     * @return whether it was left to the host
     */
    boolean leaveUnmap(long address, long lengthBytes) {
        lock.lock();
        try {
            // one who has a mapping too many gets ENOMEM from the host
            boolean left =
                    dying == null
                            && contexts.size() == 1
                            && mappings.queue().isOnlyUnmap(address, lengthBytes)
                            && !mappings.isFull();
            if (left) {
                mappings.queue().clear();
                pending = false;
            }
            return left;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean synchronizeCores() {
        lock.lock();
        try {
            if (dying != null) {
                return false;
            }
            applyLocked();
            Mapper worker = bornLocked();
            pages.clear();
            pages.addCodeBarrier();
            return worker.run(pages.entries()) == 0;
        } catch (StubLostException e) {
            // the process is gone: nothing runs
            return false;
        } finally {
            lock.unlock();
        }
    }

    private boolean isRunning() {
        for (TrapContext context : contexts) {
            if (context.isInGuest()) {
                return true;
            }
        }
        return false;
    }

    /** Does all queued changes. Any thread. */
    void apply() throws StubLostException {
        lock.lock();
        try {
            if (dying == null) {
                applyLocked();
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * The host may refuse a mapping for reasons of its own (ENOMEM): then all are dropped and
     * faults bring back what is in use.
     */
    private void applyLocked() throws StubLostException {
        Mapper worker = bornLocked();
        boolean refused = false;
        while (!mappings.queue().isEmpty()) {
            pages.clear();
            mappings.queue().moveTo(pages);
            if (worker.run(pages.entries()) != 0) {
                if (refused) {
                    throw new StubLostException(
                            "the host refuses to unmap: errno " + -worker.result());
                }
                refused = true;
                dropAllLocked();
            }
        }
        pending = false;
    }

    /** Waits for the threads that a new process makes by itself. */
    private Mapper bornLocked() throws StubLostException {
        Mapper known = mapper;
        if (known != null) {
            return known;
        }
        factory.await();
        int mapperListener = takeLocked(StubLayout.TRANSFER_FD);
        Mapper made = new Mapper(session, mapperListener);
        mapper = made;
        int listener = takeLocked(StubLayout.TRANSFER_FD + 1);
        parked.push(firstStopLocked(listener, slots.getFirst()));
        return made;
    }

    private int takeLocked(int fd) throws StubLostException {
        int taken = factory.take(fd);
        if (taken < 0) {
            throw new StubLostException("stub process has not started: errno " + -taken);
        }
        return taken;
    }

    private GuestThread firstStopLocked(int listener, Slot slot) throws StubLostException {
        session.notifications().wakeOnSameCpu(listener);
        GuestThread thread = new GuestThread(session, processId, listener, slot, patches);
        thread.await();
        threadsMade++;
        return thread;
    }

    /** Makes sure that the process is complete; what the machine can do shows here. */
    FpLayout probe() throws StubLostException {
        lock.lock();
        try {
            bornLocked();
            GuestThread thread = parked.element();
            HostResult.orThrow(session.notifications().wakeOnSameCpu(thread.listener()));
            return thread.frame().fpLayout();
        } finally {
            lock.unlock();
        }
    }

    /** Gives {@code context} a stopped thread of this process. */
    GuestThread bind(TrapContext context) throws StubLostException {
        lock.lock();
        try {
            if (dying != null) {
                throw new StubLostException("address space is closed");
            }
            bornLocked();
            GuestThread thread = parked.poll();
            if (thread == null) {
                thread = makeThreadLocked();
            }
            session.placement().bind(context.placed(), thread.tid());
            contexts.add(context);
            return thread;
        } finally {
            lock.unlock();
        }
    }

    private GuestThread makeThreadLocked() throws StubLostException {
        Slot slot = freeSlotLocked();
        factory.command(StubLayout.THREAD, slot, 0);
        factory.await();
        int listener = factory.take(StubLayout.TRANSFER_FD);
        if (listener < 0) {
            freeSlots.push(slot);
            throw new StubLostException("the host refuses another thread: errno " + -listener);
        }
        return firstStopLocked(listener, slot);
    }

    private Slot freeSlotLocked() throws StubLostException {
        Slot free = freeSlots.poll();
        if (free != null) {
            return free;
        }
        try {
            Slot slot = session.slots().allocate();
            slots.add(slot);
            return slot;
        } catch (ErrnoException e) {
            throw new StubLostException("too many guest threads");
        }
    }

    /** Takes back what {@link #bind} gave. */
    void unbind(TrapContext context, GuestThread thread) {
        lock.lock();
        try {
            contexts.remove(context);
            if (dying != null) {
                session.files().close(thread.listener());
                dying.release();
            } else if (parked.size() < MAX_PARKED) {
                parked.push(thread);
            } else {
                endLocked(thread);
            }
        } finally {
            lock.unlock();
        }
    }

    private void endLocked(GuestThread thread) {
        try {
            if (!thread.isHandedOver()) {
                thread.pull();
            }
            thread.resume(StubLayout.EXIT);
            freeSlots.push(thread.slot());
        } catch (StubLostException e) {
            // gone already
        }
        session.files().close(thread.listener());
    }

    @Override
    public AddressSpace fork() {
        lock.lock();
        try {
            applyLocked();
            return session.makeSpace(factory, mappings.copy(), patches.copy());
        } catch (StubLostException e) {
            throw Errno.ENOMEM.exception();
        } finally {
            lock.unlock();
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
            session.processes().signalProcess(processId, SIGKILL);
            List<Integer> descriptors = new ArrayList<>();
            descriptors.add(pidfd);
            if (mapper != null) {
                descriptors.add(mapper.listener());
            }
            parked.forEach(thread -> descriptors.add(thread.listener()));
            parked.clear();
            stub =
                    new DyingStub(
                            session,
                            new Stub(processId, pidfd),
                            descriptors,
                            pages,
                            slots,
                            patches,
                            contexts.size());
            dying = stub;
        } finally {
            lock.unlock();
        }
        session.forget(this);
        session.reaper().reap(stub);
    }
}

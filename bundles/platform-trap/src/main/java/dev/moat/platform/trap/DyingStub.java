package dev.moat.platform.trap;

import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostProcesses;
import dev.moat.lib.stub.KilledStub;
import dev.moat.lib.stub.StubParent;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A stub process that was killed and has not been collected yet, with what has to be given back
 * afterwards.
 */
final class DyingStub implements KilledStub {
    private final TrapSession session;
    private final int processId;
    private final List<Integer> descriptors;
    private final ControlPages pages;
    private final List<Slot> slots;
    private final CallPatches patches;

    /** Contexts that still have a thread of it, and with it a slot. */
    private final AtomicInteger bound;

    /** Own thread of the {@link StubParent} only. */
    private boolean gone;

    /**
     * @param descriptors of ours, to be closed
     * @param bound how many contexts have a thread of it: each calls {@link #release}
     */
    DyingStub(
            TrapSession session,
            Stub stub,
            List<Integer> descriptors,
            ControlPages pages,
            List<Slot> slots,
            CallPatches patches,
            int bound) {
        this.session = session;
        processId = stub.processId();
        this.descriptors = descriptors;
        this.pages = pages;
        this.slots = slots;
        this.patches = patches;
        this.bound = new AtomicInteger(bound);
    }

    /** A context has given its thread back. */
    void release() {
        bound.decrementAndGet();
    }

    @Override
    public void releaseAll() {
        // Only the parent waits for it.
    }

    @Override
    public boolean collect(HostProcesses host, MemorySegment status) {
        gone = gone || StubParent.isGone(host, processId, status);
        if (!gone || bound.get() > 0) {
            return false;
        }
        HostFiles files = session.files();
        descriptors.forEach(files::close);
        pages.close();
        slots.forEach(session.slots()::free);
        patches.release();
        return true;
    }
}

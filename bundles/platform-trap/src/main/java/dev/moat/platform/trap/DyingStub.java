package dev.moat.platform.trap;

import static java.lang.foreign.ValueLayout.JAVA_INT;

import dev.moat.abi.Errno;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostProcesses;
import java.lang.foreign.MemorySegment;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A stub process that was killed and has not been collected yet, with what has to be given back
 * afterwards.
 */
final class DyingStub {
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

    /** Gives everything back if that can be done; whether it was. */
    boolean collect(MemorySegment status) {
        gone = gone || isGone(session.processes(), status);
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

    private boolean isGone(HostProcesses host, MemorySegment status) {
        int result = host.pollFor(processId, status);
        return result > 0
                ? (status.get(JAVA_INT, 0) & 0xff) != 0x7f
                : result == -Errno.ECHILD.number();
    }
}

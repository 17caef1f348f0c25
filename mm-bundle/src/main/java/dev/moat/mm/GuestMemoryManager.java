package dev.moat.mm;

import dev.moat.api.mm.HugePageUse;
import dev.moat.api.mm.MapRequest;
import dev.moat.api.mm.MemoryControl;
import dev.moat.api.mm.MemoryManager;
import dev.moat.api.mm.UserFault;
import dev.moat.api.mm.UserMemory;
import dev.moat.api.mm.VmaInfo;
import dev.moat.api.platform.Access;
import dev.moat.api.platform.AddressSpace;
import dev.moat.api.swap.Stateful;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;

/** {@link MemoryManager}: the doors of one {@link Space}. */
@Stateful
final class GuestMemoryManager implements MemoryManager {
    private static final Layout NO_LAYOUT = new Layout(0, 0, 0, 0, 0, 0, 0, 0, 0, new byte[0]);

    private final Space space;
    private final FaultHandler faults;
    private final GuestMemory user;
    private final Mapping mapping;
    private final Protecting protecting;
    private final Heap heap;
    private final MemoryControl control;
    private final CallPatching callPatching;
    private final AtomicInteger users = new AtomicInteger(1);

    /** Written by execve, read by /proc. */
    private volatile Layout layout = NO_LAYOUT;

    GuestMemoryManager(Space space) {
        this.space = space;
        this.faults = new FaultHandler(space);
        this.user = new GuestMemory(space, faults);
        Populating populating = new Populating(space, faults);
        this.mapping = new Mapping(space, populating);
        this.protecting = new Protecting(space);
        this.callPatching = new CallPatching(space);
        this.heap = new Heap(space, mapping);
        this.control = new SpaceControl(space, mapping, new Remapping(space, mapping), populating);
    }

    @Override
    public long id() {
        return space.id;
    }

    @Override
    public UserMemory user() {
        return user;
    }

    @Override
    public MemoryControl control() {
        return control;
    }

    @Override
    public AddressSpace addressSpace() {
        return space.platform;
    }

    @Override
    public long map(MapRequest request) {
        return mapping.map(request);
    }

    @Override
    public void unmap(long userAddr, long lengthBytes) {
        mapping.unmap(userAddr, lengthBytes);
    }

    @Override
    public void protect(long userAddr, long lengthBytes, int prot) {
        protecting.protect(userAddr, lengthBytes, prot);
    }

    @Override
    public void setBreakStart(long start) {
        heap.setStart(start);
    }

    @Override
    public HeapBounds heapBounds() {
        return heap.bounds();
    }

    @Override
    public void setHeapBounds(HeapBounds bounds) {
        heap.setBounds(bounds);
    }

    @Override
    public long setBreak(long newBreak) {
        return heap.setEnd(newBreak);
    }

    @Override
    public FaultResult handleFault(long userAddr, Access access, boolean mapped, long rip) {
        Access known = known(userAddr, access, mapped, rip);
        return faults.handle(userAddr, known, mapped, FaultHandler.Origin.GUEST);
    }

    private static Access known(long userAddr, Access access, boolean mapped, long rip) {
        if (access == Access.UNKNOWN
                && (userAddr == rip || !mapped && Pages.floor(userAddr) == Pages.floor(rip))) {
            // An instruction runs only from a page that can be fetched: this is the fetch.
            return Access.EXECUTE;
        }
        return access;
    }

    @Override
    public Optional<UserFault> beginUserFault(
            long userAddr, Access access, boolean mapped, int tid) {
        return faults.beginWait(userAddr, access, mapped, tid);
    }

    @Override
    public void patchCall(long behind) {
        callPatching.patch(behind);
    }

    @Override
    public MemoryManager fork() {
        GuestMemoryManager child = new GuestMemoryManager(new Forking(space).fork());
        child.layout = layout;
        return child;
    }

    @Override
    public void retain() {
        users.incrementAndGet();
    }

    @Override
    public void release() {
        int left = users.decrementAndGet();
        if (left < 0) {
            throw new IllegalStateException("address space released too often");
        }
        if (left == 0) {
            space.close();
        }
    }

    @Override
    public int users() {
        return users.get();
    }

    @Override
    public List<VmaInfo> collectVmas() {
        return new SpaceReport(space).collectVmas();
    }

    @Override
    public MemoryStats stats() {
        return new SpaceReport(space).stats();
    }

    @Override
    public void setLayout(Layout layout) {
        this.layout = layout;
    }

    @Override
    public Layout layout() {
        return layout;
    }

    @Override
    public HugePageUse hugePageUse() {
        space.mapping.lock();
        try {
            // what earlier revisions wrote has none
            return Objects.requireNonNullElse(space.hugePageUse, HugePageUse.ALLOWED);
        } finally {
            space.mapping.unlock();
        }
    }

    @Override
    public void setHugePageUse(HugePageUse use) {
        space.mapping.lock();
        try {
            space.hugePageUse = use;
        } finally {
            space.mapping.unlock();
        }
    }

    @Override
    public void setLimits(MemoryLimits limits) {
        space.limits = limits;
    }
}

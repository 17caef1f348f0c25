package dev.moat.mm;

import dev.moat.abi.MemoryFlags;
import dev.moat.api.mm.MapRequest.FileIdentity;
import dev.moat.api.mm.MemoryManager.HeapBounds;
import dev.moat.api.mm.UserFault;
import dev.moat.api.swap.Stateful;
import java.util.List;

/** brk(2). */
@Stateful
final class Heap {
    private static final int FLAGS = MemoryFlags.MAP_PRIVATE | MemoryFlags.MAP_ANONYMOUS;
    private static final int READ_WRITE = MemoryFlags.PROT_READ | MemoryFlags.PROT_WRITE;

    private final Space space;
    private final Mapping mapping;
    private final AnonymousPages anonymous;

    Heap(Space space, Mapping mapping) {
        this.space = space;
        this.mapping = mapping;
        this.anonymous = new AnonymousPages(space);
    }

    void setStart(long start) {
        space.mapping.lock();
        try {
            space.breakStart = Pages.ceil(start);
            space.breakEnd = space.breakStart;
        } finally {
            space.mapping.unlock();
        }
    }

    HeapBounds bounds() {
        space.mapping.lock();
        try {
            return new HeapBounds(space.breakStart, space.breakEnd);
        } finally {
            space.mapping.unlock();
        }
    }

    void setBounds(HeapBounds bounds) {
        space.mapping.lock();
        try {
            space.breakStart = bounds.start();
            space.breakEnd = bounds.end();
        } finally {
            space.mapping.unlock();
        }
    }

    /** The break after trying to set it. */
    long setEnd(long wanted) {
        List<UserFault> events;
        long end;
        space.mapping.lock();
        try {
            if (wanted >= space.breakStart && wanted <= space.high && canChangeLocked(wanted)) {
                space.breakEnd = wanted;
            }
            end = space.breakEnd;
            events = space.takeEventsLocked();
        } finally {
            space.mapping.unlock();
        }
        space.awaitTold(events);
        return end;
    }

    private boolean canChangeLocked(long wanted) {
        long oldTop = Pages.ceil(space.breakEnd);
        long newTop = Pages.ceil(wanted);
        if (newTop <= oldTop) {
            if (space.areas.isSealed(newTop, oldTop)) {
                return false;
            }
            mapping.unmapLocked(newTop, oldTop);
            return true;
        }
        long growth = newTop - oldTop;
        if (wanted - space.breakStart > space.limits.dataBytes()
                || space.areas.totalBytes() + growth > space.limits.addressSpaceBytes()
                || space.areas.dataBytes() + growth > space.limits.dataBytes()
                || newTop > space.high - Pages.BYTES
                || !space.areas.isFree(oldTop, newTop + Pages.BYTES)
                || !space.areas.hasRoom()) {
            return false;
        }
        Vma area =
                new Vma(oldTop, newTop, READ_WRITE, 7, FLAGS, null, 0, FileIdentity.NONE, "[heap]");
        area.locked = space.lockFuture;
        space.areas.insert(area);
        anonymous.ownEarlyLocked(area, oldTop, newTop);
        space.areas.merge(oldTop, newTop);
        return true;
    }
}

package dev.moat.mm;

import dev.moat.abi.Errno;
import dev.moat.api.mm.MemoryControl;
import dev.moat.api.mm.MemoryPolicy;
import dev.moat.api.mm.VmaInfo;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.FileDescription;
import java.lang.foreign.MemorySegment;
import java.util.Optional;
import java.util.function.Supplier;

/** {@link MemoryControl} of one space. */
@Stateful
final class SpaceControl implements MemoryControl {
    private final Space space;
    private final Mapping mapping;
    private final Remapping remapping;
    private final Advising advising;
    private final PageLocking locking;
    private final Residency residency;

    SpaceControl(Space space, Mapping mapping, Remapping remapping, Populating populating) {
        this.space = space;
        this.mapping = mapping;
        this.remapping = remapping;
        this.advising = new Advising(space, populating);
        this.locking = new PageLocking(space, populating);
        this.residency = new Residency(space);
    }

    @Override
    public long remap(
            long oldAddr,
            long oldLengthBytes,
            long newLengthBytes,
            int flags,
            long newAddr,
            boolean unlimited) {
        return remapping.remap(oldAddr, oldLengthBytes, newLengthBytes, flags, newAddr, unlimited);
    }

    @Override
    public void remapFilePages(long userAddr, long lengthBytes, long pageOffset, int flags) {
        mapping.remapFile(userAddr, lengthBytes, pageOffset, flags);
    }

    @Override
    public void seal(long userAddr, long lengthBytes) {
        advising.seal(userAddr, lengthBytes);
    }

    @Override
    public FileDescription newUserfault(int flags) {
        new UntouchedPages(space).forget();
        return new UserfaultFile(space, flags);
    }

    @Override
    public void advise(long userAddr, long lengthBytes, int advice) {
        advising.advise(userAddr, lengthBytes, advice);
    }

    @Override
    public void sync(long userAddr, long lengthBytes, int flags) {
        residency.sync(userAddr, lengthBytes, flags);
    }

    @Override
    public void describePages(long userAddr, long[] entries) {
        new PageDescriptions(space, userAddr, entries).collect();
    }

    @Override
    public Optional<VmaInfo> areaFrom(long userAddr) {
        return new SpaceReport(space).areaFrom(userAddr);
    }

    @Override
    public long readMapped(long userAddr, MemorySegment target, long fileOffset) {
        return new MappedContent(space).read(userAddr, target, fileOffset);
    }

    @Override
    public void resetPeak() {
        space.mapping.lock();
        try {
            space.resetPeakLocked();
        } finally {
            space.mapping.unlock();
        }
    }

    @Override
    public void residency(long userAddr, byte[] vector) {
        residency.collect(userAddr, vector);
    }

    @Override
    public void bind(
            long userAddr,
            long lengthBytes,
            Supplier<MemoryPolicy> policy,
            int flags,
            boolean wantsNode) {
        new Binding(space).bind(userAddr, lengthBytes, policy, flags, wantsNode);
    }

    @Override
    public MemoryPolicy policyAt(long userAddr) {
        return new Binding(space).policyAt(userAddr);
    }

    @Override
    public void setHomeNode(long userAddr, long lengthBytes, int node) {
        new Binding(space).setHomeNode(userAddr, lengthBytes, node);
    }

    @Override
    public int locate(long userAddr) {
        return new Binding(space).locate(userAddr);
    }

    @Override
    public void lock(long userAddr, long lengthBytes, int flags, boolean unlimited) {
        locking.lock(userAddr, lengthBytes, flags, unlimited);
    }

    @Override
    public void unlock(long userAddr, long lengthBytes) {
        locking.unlock(userAddr, lengthBytes);
    }

    @Override
    public void lockAll(int flags, boolean unlimited) {
        locking.lockAll(flags, unlimited);
    }

    @Override
    public boolean locksFuture() {
        return locking.locksFuture();
    }

    @Override
    public void unlockAll() {
        locking.unlockAll();
    }

    @Override
    public void detach(long userAddr) {
        mapping.detach(userAddr);
    }

    @Override
    public boolean isMapped(long userAddr, long lengthBytes) {
        if (!space.isUserRange(userAddr, lengthBytes)) {
            return false;
        }
        space.mapping.lock();
        try {
            return space.areas.covers(Pages.floor(userAddr), Pages.ceil(userAddr + lengthBytes));
        } finally {
            space.mapping.unlock();
        }
    }

    @Override
    public boolean isPinnable(long userAddr, long lengthBytes) {
        return isMapped(userAddr, lengthBytes)
                && !locking.hasSecret(userAddr, userAddr + lengthBytes);
    }

    @Override
    public long lowestUserAddr() {
        return space.low;
    }

    @Override
    public boolean isFree(long userAddr, long lengthBytes) {
        space.mapping.lock();
        try {
            return !space.areas.intersects(userAddr, userAddr + Pages.ceil(lengthBytes));
        } finally {
            space.mapping.unlock();
        }
    }

    @Override
    public void setName(long userAddr, long lengthBytes, String name) {
        if (!Pages.isAligned(userAddr)) {
            throw Errno.EINVAL.exception();
        }
        long end = userAddr + Pages.lengthOrThrow(lengthBytes, Errno.EINVAL);
        if (end == userAddr) {
            return;
        }
        String shown = name.isEmpty() ? "" : "[anon:" + name + "]";
        space.mapping.lock();
        try {
            boolean hole = userAddr < 0 || !space.areas.covers(userAddr, end);
            space.areas.isolate(userAddr, end);
            for (int i = space.areas.firstEndingAfter(userAddr);
                    i < space.areas.size() && space.areas.at(i).start < end;
                    i++) {
                if (space.areas.at(i).file != null && !space.areas.at(i).isShared()) {
                    throw Errno.EBADF.exception();
                }
            }
            space.areas.change(userAddr, end, area -> area.name = shown);
            space.areas.merge(userAddr, end);
            if (hole) {
                throw Errno.ENOMEM.exception();
            }
        } finally {
            space.mapping.unlock();
        }
    }
}

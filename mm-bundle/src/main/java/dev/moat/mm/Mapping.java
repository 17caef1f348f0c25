package dev.moat.mm;

import dev.moat.abi.Errno;
import dev.moat.abi.MemoryFlags;
import dev.moat.api.mm.AttachedMemory;
import dev.moat.api.mm.MapRequest;
import dev.moat.api.mm.Mappable;
import dev.moat.api.mm.PageQuota;
import dev.moat.api.mm.UserFault;
import dev.moat.api.platform.Access;
import dev.moat.api.swap.Stateful;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** mmap(2) and munmap(2). */
@Stateful
final class Mapping {
    private final Space space;
    private final Placement placement;
    private final Populating populating;
    private final AnonymousPages anonymous;

    Mapping(Space space, Populating populating) {
        this.space = space;
        this.placement = new Placement(space);
        this.anonymous = new AnonymousPages(space);
        this.populating = populating;
    }

    Placement placement() {
        return placement;
    }

    long map(MapRequest request) {
        if (request.lengthBytes() == 0) {
            throw Errno.EINVAL.exception();
        }
        boolean huge = request.file().filter(Mapping::isHuge).isPresent();
        long length = Pages.lengthOrThrow(request.lengthBytes(), Errno.ENOMEM);
        length = huge ? HugePages.ceil(length) : length;
        long offset = request.offset();
        boolean anonymous = request.file().isEmpty();
        if (!Pages.isAligned(offset)) {
            throw Errno.EINVAL.exception();
        }
        if (huge && offset < 0) {
            throw Errno.EINVAL.exception();
        }
        if (!anonymous && offset + length < 0) {
            throw Errno.EOVERFLOW.exception();
        }
        boolean shared = (request.flags() & MemoryFlags.MAP_SHARED) != 0;
        @Nullable PagedFile own = null;
        @Nullable Mappable file = request.file().orElse(null);
        if (anonymous && shared) {
            own = new PagedFile(space.memory, PageQuota.Unlimited.INSTANCE, null, length);
            file = own;
            offset = 0;
        } else if (anonymous) {
            offset = 0;
        }
        long address;
        List<UserFault> events;
        try {
            space.mapping.lock();
            try {
                address = mapLocked(request, length, file, offset);
                events = space.takeEventsLocked();
            } finally {
                space.mapping.unlock();
            }
        } finally {
            if (own != null) {
                // From here on its mappings keep it.
                own.close();
            }
        }
        space.awaitTold(events);
        if (file != null
                && !shared
                && file.backing() instanceof PagedFile paged
                && paged.isResident(offset)) {
            fetchEarly(request, address);
        }
        if ((request.flags() & (MemoryFlags.MAP_POPULATE | MemoryFlags.MAP_NONBLOCK))
                == MemoryFlags.MAP_POPULATE) {
            populating.populateQuietly(address, address + length);
        }
        return address;
    }

    /** Part of a program or library that is in memory already: about to be used. */
    private void fetchEarly(MapRequest request, long address) {
        if ((request.prot() & MemoryFlags.PROT_EXEC) != 0) {
            populating.fetchQuietly(address, Access.EXECUTE);
        } else if (request.prot() == MemoryFlags.PROT_READ) {
            populating.fetchQuietly(address, Access.READ);
        }
    }

    private long mapLocked(MapRequest request, long length, @Nullable Mappable file, long offset) {
        if (!space.areas.hasRoom()) {
            throw Errno.ENOMEM.exception();
        }
        HugeFile huge = file != null && file.backing() instanceof HugeFile pages ? pages : null;
        long address =
                huge == null
                        ? placement.findLocked(request.addressHint(), length, request.flags())
                        : placement.findHugeLocked(request.addressHint(), length, request.flags());
        if (huge != null && offset != HugePages.floor(offset)) {
            throw Errno.EINVAL.exception();
        }
        int flags = request.flags() & Vma.KEPT_FLAGS;
        if ((flags & MemoryFlags.MAP_SHARED) != 0) {
            // MAP_SHARED_VALIDATE is both bits.
            flags &= ~MemoryFlags.MAP_PRIVATE;
        }
        Vma area =
                new Vma(
                        address,
                        address + length,
                        request.prot() & 7,
                        request.maxProt() & 7,
                        flags,
                        file,
                        offset,
                        request.inode(),
                        request.name());
        checkLimitsLocked(area);
        unmapLocked(address, address + length);
        if (area.isDroppable()) {
            area.wipeOnFork = true;
            area.dontDump = true;
        }
        area.locked = area.isSecret() || space.lockFuture && !area.isDroppable() && huge == null;
        area.dontDump |= area.isSecret();
        if (huge != null) {
            promiseLocked(area, huge);
        }
        space.areas.insert(area);
        anonymous.ownEarlyLocked(area, address, address + length);
        space.areas.merge(address, address + length);
        return address;
    }

    private static boolean isHuge(Mappable file) {
        return file.backing() instanceof HugeFile;
    }

    /** hugetlbfs_file_mmap(): ENOMEM if the pool has not so many pages. */
    private static void promiseLocked(Vma area, HugeFile file) {
        boolean wanted = (area.flags & MemoryFlags.MAP_NORESERVE) == 0 && !file.promisesEnded();
        if (wanted && area.isShared()) {
            file.promise(area.offset, area.length());
        } else if (wanted) {
            area.hugeReserve = new HugeReserve(file.pool, file.share);
            if (!file.pool.promise(file.share, area.length() >>> HugePages.SHIFT)) {
                throw Errno.ENOMEM.exception();
            }
        }
        if (area.isWritable()) {
            file.growTo(area.offset + area.length());
        }
    }

    /** RLIMIT_AS and RLIMIT_DATA: mm/mmap.c may_expand_vm. */
    private void checkLimitsLocked(Vma area) {
        long length = area.length();
        if (space.areas.totalBytes() + length - overlapLocked(area)
                        > space.limits.addressSpaceBytes()
                || area.isData() && space.areas.dataBytes() + length > space.limits.dataBytes()) {
            throw Errno.ENOMEM.exception();
        }
    }

    /** Bytes of a range that are mapped already and will be replaced. */
    private long overlapLocked(Vma range) {
        long bytes = 0;
        VmaMap areas = space.areas;
        for (int i = areas.firstEndingAfter(range.start);
                i < areas.size() && areas.at(i).start < range.end;
                i++) {
            bytes +=
                    Math.min(range.end, areas.at(i).end) - Math.max(range.start, areas.at(i).start);
        }
        return bytes;
    }

    /** remap_file_pages(2): mm/mmap.c. */
    void remapFile(long address, long lengthBytes, long pageOffset, int flags) {
        long start = Pages.floor(address);
        long length = Pages.floor(lengthBytes);
        boolean wraps = Long.compareUnsigned(pageOffset + (length >>> Pages.SHIFT), pageOffset) < 0;
        if (Long.compareUnsigned(start + length, start) <= 0
                || wraps
                || !space.isUserRange(start, length)) {
            throw Errno.EINVAL.exception();
        }
        long offset = pageOffset << Pages.SHIFT;
        if (offset < 0 || offset >>> Pages.SHIFT != pageOffset || offset + length < 0) {
            throw Errno.EOVERFLOW.exception();
        }
        List<UserFault> events;
        space.mapping.lock();
        try {
            remapFileLocked(start, length, offset);
            events = space.takeEventsLocked();
        } finally {
            space.mapping.unlock();
        }
        space.awaitTold(events);
        if ((flags & MemoryFlags.MAP_NONBLOCK) == 0) {
            populating.populateQuietly(start, start + length);
        }
    }

    private void remapFileLocked(long start, long length, long offset) {
        Vma area = space.areas.find(start);
        Mappable file = area == null ? null : area.file;
        if (area == null
                || file == null
                || !area.writesFile()
                || isHuge(file) && start != HugePages.floor(start)
                || !isOfOneKind(area, start + length)) {
            throw Errno.EINVAL.exception();
        }
        boolean locked = area.locked;
        MapRequest request =
                new MapRequest(
                        start,
                        length,
                        area.prot,
                        area.maxProt,
                        area.flags | MemoryFlags.MAP_FIXED,
                        Optional.of(file),
                        offset,
                        area.name,
                        area.inode);
        // The area that goes may be the last one that keeps the file.
        file.addMapper(space, offset, length, true);
        try {
            mapLocked(request, length, file, offset);
        } finally {
            file.removeMapper(space, offset, length, true);
        }
        if (locked) {
            space.areas.isolate(start, start + length);
            space.areas.change(start, start + length, part -> part.setLocked(true));
            space.areas.merge(start, start + length);
        }
    }

    /**
     * Whether areas like this one, of the same file, follow it up to {@code end} without a hole.
     */
    private boolean isOfOneKind(Vma first, long end) {
        Vma area = first;
        while (area.end < end) {
            Vma next = space.areas.find(area.end);
            if (next == null || !isAlike(first, next)) {
                return false;
            }
            area = next;
        }
        return true;
    }

    private static boolean isAlike(Vma first, Vma next) {
        return next.file == first.file
                && next.flags == first.flags
                && next.prot == first.prot
                && next.maxProt == first.maxProt
                && next.locked == first.locked;
    }

    void unmap(long address, long lengthBytes) {
        if (!Pages.isAligned(address)
                || lengthBytes == 0
                || address < 0
                || address > MemoryFlags.TASK_SIZE_MAX
                || Long.compareUnsigned(lengthBytes, MemoryFlags.TASK_SIZE_MAX - address) > 0) {
            throw Errno.EINVAL.exception();
        }
        // Behind what guests may map there is nothing to unmap.
        long end = Math.min(space.high, address + Pages.ceil(lengthBytes));
        if (address >= end) {
            return;
        }
        List<UserFault> events;
        space.mapping.lock();
        try {
            Vma area = space.areas.find(address);
            if (area != null && area.start < address && area.end > end && !space.areas.hasRoom()) {
                throw Errno.ENOMEM.exception();
            }
            unmapLocked(address, end);
            events = space.takeEventsLocked();
        } finally {
            space.mapping.unlock();
        }
        space.awaitTold(events);
    }

    /** shmdt(2): ipc/shm.c ksys_shmdt. */
    void detach(long address) {
        if (!Pages.isAligned(address)) {
            throw Errno.EINVAL.exception();
        }
        List<UserFault> events;
        space.mapping.lock();
        try {
            AttachedMemory memory = attachedLocked(address);
            if (memory == null) {
                throw Errno.EINVAL.exception();
            }
            long size = memory.sizeBytes();
            long end = address + (isHuge(memory) ? HugePages.ceil(size) : Pages.ceil(size));
            int i = space.areas.firstEndingAfter(address);
            while (i < space.areas.size() && space.areas.at(i).end <= end) {
                Vma area = space.areas.at(i);
                if (area.file == memory && area.offset == area.start - address && !area.sealed) {
                    unmapLocked(area.start, area.end);
                } else {
                    i++;
                }
            }
            events = space.takeEventsLocked();
        } finally {
            space.mapping.unlock();
        }
        space.awaitTold(events);
    }

    /** What would begin at {@code address}, though its first part may be gone: shmdt(2). */
    private @Nullable AttachedMemory attachedLocked(long address) {
        for (int i = space.areas.firstEndingAfter(address); i < space.areas.size(); i++) {
            Vma area = space.areas.at(i);
            if (area.file instanceof AttachedMemory memory && area.offset == area.start - address) {
                return memory;
            }
        }
        return null;
    }

    /**
     * Removes what is mapped between two user addresses.
     *
     * @throws dev.moat.abi.ErrnoException EPERM: a part is sealed, EINVAL: a border lies within a
     *     huge page; nothing has changed
     */
    void unmapLocked(long start, long end) {
        if (space.areas.intersects(start, end)) {
            if (space.areas.isSealed(start, end)) {
                throw Errno.EPERM.exception();
            }
            space.areas.checkBorders(start, end);
            UserfaultEvent.tellUnmapLocked(space, start, end);
            // Pages first: a file that loses its last mapper here may free them.
            space.changeMarksLocked(start, end, PageMarks.ALL, 0);
            space.dropLocked(start, end, Space.Drop.EVERYTHING);
            space.areas.remove(start, end);
        }
    }
}

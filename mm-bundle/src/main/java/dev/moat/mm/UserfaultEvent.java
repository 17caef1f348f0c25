package dev.moat.mm;

import static dev.moat.abi.Userfaultfd.*;

import dev.moat.api.mm.UserFault;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.WaitQueue;
import org.jspecify.annotations.Nullable;

/**
 * A change of an address space that a process is told of by its userfaultfd(2); who makes the
 * change waits until it was read. Told with the mapping lock of the space.
 */
@Stateful
final class UserfaultEvent implements UserFault {
    private final UserfaultFile file;
    final int type;

    /** Addresses as in the message. */
    final long first;

    final long second;
    final long third;
    private final @Nullable UserfaultFile child;

    /** It was read, or nobody reads it any more. Volatile: read by the task while it waits. */
    private volatile boolean over;

    private UserfaultEvent(
            UserfaultFile file,
            int type,
            long first,
            long second,
            long third,
            @Nullable UserfaultFile child) {
        this.file = file;
        this.type = type;
        this.first = first;
        this.second = second;
        this.third = third;
        this.child = child;
    }

    /** Those who answer faults in a range learn that it is unmapped. */
    static void tellUnmapLocked(Space space, long start, long end) {
        VmaMap areas = space.areas;
        for (int i = areas.firstEndingAfter(start);
                i < areas.size() && areas.at(i).start < end;
                i++) {
            UserfaultFile file = areas.at(i).userfault;
            if (file != null
                    && file.has(UFFD_FEATURE_EVENT_UNMAP)
                    && !isFirst(areas, file, start, i)) {
                tell(space, new UserfaultEvent(file, UFFD_EVENT_UNMAP, start, end, 0, null));
            }
        }
    }

    /** Whether an area before this one told the file already. */
    private static boolean isFirst(VmaMap areas, UserfaultFile file, long start, int index) {
        for (int i = areas.firstEndingAfter(start); i < index; i++) {
            if (areas.at(i).userfault == file) {
                return true;
            }
        }
        return false;
    }

    /** Who answers faults in an area learns that a part of it moves; false if nobody wants to. */
    static boolean tellMoveLocked(Space space, Vma area, long from, long to, long lengthBytes) {
        UserfaultFile file = area.userfault;
        if (file == null || !file.has(UFFD_FEATURE_EVENT_REMAP)) {
            return false;
        }
        tell(space, new UserfaultEvent(file, UFFD_EVENT_REMAP, from, to, lengthBytes, null));
        return true;
    }

    /** Who answers faults in an area learns that pages of it are about to be thrown away. */
    static void tellRemovalLocked(Space space, Vma area, long start, long end) {
        UserfaultFile file = area.userfault;
        if (file != null && file.has(UFFD_FEATURE_EVENT_REMOVE)) {
            tell(space, new UserfaultEvent(file, UFFD_EVENT_REMOVE, start, end, 0, null));
        }
    }

    /** Who answers faults of a process gets a file to answer those of its child, {@code child}. */
    static UserfaultEvent tellFork(UserfaultFile file, UserfaultFile child) {
        UserfaultEvent event = new UserfaultEvent(file, UFFD_EVENT_FORK, 0, 0, 0, child);
        file.add(event);
        return event;
    }

    private static void tell(Space space, UserfaultEvent event) {
        event.file.add(event);
        space.tellLater(event);
    }

    /** Of a fork: who answers faults of the child. */
    @Nullable UserfaultFile child() {
        return child;
    }

    @Override
    public WaitQueue queue() {
        return file.faulters();
    }

    void finish() {
        over = true;
    }

    @Override
    public boolean isOver() {
        return over;
    }

    /** Nobody waits any longer: what was not read will not be. A file that was read stays. */
    @Override
    public void end() {
        file.forget(this);
        if (child != null) {
            child.release();
        }
    }
}

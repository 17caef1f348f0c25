package dev.moat.api.task;

import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.FileDescription;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Open rings that one task knows by small numbers of its own, beside its descriptors:
 * IORING_REGISTER_RING_FDS of io_uring_register(2). On the task's own thread only.
 */
@Stateful
public final class RegisteredRings {
    /** IO_RINGFD_REG_MAX, include/linux/io_uring_types.h. */
    public static final int MOST = 16;

    /** By number, each with a reference. */
    private final Map<Integer, FileDescription> rings = new HashMap<>();

    /** The ring of a number, with a reference for the caller; null if there is none. */
    public @Nullable FileDescription acquire(int number) {
        FileDescription ring = rings.get(number);
        return ring != null && ring.tryRetain() ? ring : null;
    }

    /**
     * Takes over a reference.
     *
     * @return the first free number of {@code [first, end)}; -1 if there is none, and nothing is
     *     taken over
     */
    public int add(FileDescription ring, int first, int end) {
        for (int number = first; number < end; number++) {
            if (rings.putIfAbsent(number, ring) == null) {
                return number;
            }
        }
        return -1;
    }

    /** Frees a number; of a free one nothing becomes. */
    public void remove(int number) {
        FileDescription ring = rings.remove(number);
        if (ring != null) {
            ring.release();
        }
    }

    /** Frees all: exit(2), execve(2). */
    public void clear() {
        for (int number = 0; number < MOST; number++) {
            remove(number);
        }
    }
}

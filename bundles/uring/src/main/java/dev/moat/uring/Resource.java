package dev.moat.uring;

import dev.moat.api.swap.Stateful;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A registered file or buffer with a tag: when neither its slot nor an operation has it any more, a
 * completion tells the tag. Source: io_uring/rsrc.c.
 */
@Stateful
final class Resource {
    private final Ring ring;
    private final long tag;

    /** The slot, and operations. */
    private final AtomicInteger users = new AtomicInteger(1);

    private Resource(Ring ring, long tag) {
        this.ring = ring;
        this.tag = tag;
    }

    /** Null without a tag: then there is nothing to tell. */
    static @Nullable Resource of(Ring ring, long tag) {
        return tag == 0 ? null : new Resource(ring, tag);
    }

    /** An operation begins to use it; while the slot has it. */
    Resource retain() {
        users.incrementAndGet();
        return this;
    }

    /** Of one that may be null. */
    static @Nullable Resource share(@Nullable Resource resource) {
        return resource == null ? null : resource.retain();
    }

    /** The slot or an operation has it no more. Without locks. */
    void release() {
        if (users.decrementAndGet() == 0) {
            ring.post(new Cqe(tag, 0, 0), true);
        }
    }

    /** Of one that may be null. */
    static void drop(@Nullable Resource resource) {
        if (resource != null) {
            resource.release();
        }
    }
}

package dev.moat.net.unix;

import dev.moat.abi.PollFlags;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.WaitQueue;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * The memory that what a socket sent takes until it is received: sk_wmem_alloc. It counts what
 * Linux does, skb->truesize, by which programs see how much they can send.
 */
@Stateful
final class SendBuffer {
    /** sizeof(struct sk_buff) and that of struct skb_shared_info, aligned, x86-64. */
    private static final int HEADER_BYTES = 256;

    private static final int TAIL_BYTES = 320;

    private static final int PAGE_BYTES = 4096;

    /** SKB_MAX_HEAD(0): bytes of a packet of a stream beyond this lie in pages. */
    static final int STREAM_HEAD_BYTES = PAGE_BYTES - TAIL_BYTES;

    /** SKB_MAX_ALLOC: the same of a message. */
    private static final int MESSAGE_HEAD_BYTES = 4 * PAGE_BYTES - TAIL_BYTES;

    /** What one message carries at most: a piece of KMALLOC_MAX_SIZE and MAX_SKB_FRAGS pages. */
    static final long MOST_BYTES = (4L << 20) - TAIL_BYTES + 17L * PAGE_BYTES;

    /** Smallest piece of memory that holds an empty packet's tail. */
    private static final int SMALLEST_BYTES = 512;

    private final AtomicInteger bytes = new AtomicInteger();

    /** That of the sender, which is told of new room. */
    private final WaitQueue waiting;

    SendBuffer(WaitQueue waiting) {
        this.waiting = waiting;
    }

    /** Tells the sender that there is room; called with no lock held. */
    void tellRoom() {
        waiting.wakeAll(PollFlags.POLLOUT | PollFlags.POLLWRNORM);
    }

    int bytes() {
        return bytes.get();
    }

    void charge(int more) {
        bytes.addAndGet(more);
    }

    void release(int less) {
        bytes.addAndGet(-less);
    }

    /** What a packet of a stream takes. */
    static int ofStream(int lengthBytes) {
        return charge(lengthBytes, STREAM_HEAD_BYTES);
    }

    /** What a message takes. */
    static int ofMessage(int lengthBytes) {
        return charge(lengthBytes, MESSAGE_HEAD_BYTES);
    }

    private static int charge(int lengthBytes, int headBytes) {
        int beyond = Math.max(0, lengthBytes - headBytes);
        int pages = Math.min(lengthBytes, (beyond + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES);
        int head = lengthBytes - pages + TAIL_BYTES;
        int piece = head <= SMALLEST_BYTES ? SMALLEST_BYTES : Integer.highestOneBit(head - 1) << 1;
        return HEADER_BYTES + piece + pages;
    }
}

package dev.moat.net.unix;

import dev.moat.abi.PollFlags;
import dev.moat.api.mm.HeapCharge;
import dev.moat.api.mm.HeapUse;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.WaitQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

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

    /** An open file that is on its way: its place in a list, and what finds it there. */
    private static final int RIGHT_BYTES = 96;

    private final AtomicInteger bytes = new AtomicInteger();

    /** Open files in what was sent and not yet received. */
    private final AtomicInteger rights = new AtomicInteger();

    /**
     * Memory of the kernel for both, in whole pages, so that short messages to and fro need no
     * more. Null: an earlier revision made the socket.
     */
    private final @Nullable HeapCharge heap = HeapCharge.ofCaller(HeapUse.SOCKETS);

    /** The socket is gone; what it sent may still be there. */
    private volatile boolean closed;

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

    /**
     * Has memory ready for a packet that is to be charged.
     *
     * @param files how many open files it carries
     * @return false: there is none, sock_alloc_send_pskb() gives ENOBUFS
     */
    boolean tryReserve(int more, int files) {
        HeapCharge paying = heap;
        if (paying == null) {
            return true;
        }
        long needed = held() + more + (long) files * RIGHT_BYTES - paying.bytes();
        return needed <= 0 || paying.tryGrow(pagesFor(needed));
    }

    private long held() {
        return bytes.get() + (long) rights.get() * RIGHT_BYTES;
    }

    private static long pagesFor(long count) {
        return count + PAGE_BYTES - 1 & -PAGE_BYTES;
    }

    void charge(int more, int files) {
        bytes.addAndGet(more);
        HeapCharge paying = heap;
        if (paying != null) {
            rights.addAndGet(files);
            long missing = held() - paying.bytes();
            if (missing > 0) {
                // Others reserved the same room at the same time.
                paying.grow(pagesFor(missing));
            }
        }
    }

    void release(int less, int files) {
        bytes.addAndGet(-less);
        HeapCharge paying = heap;
        if (paying != null) {
            rights.addAndGet(-files);
            settle(paying);
        }
    }

    /** The socket is closed: memory goes with the last packet. */
    void close() {
        closed = true;
        if (heap != null) {
            settle(heap);
        }
    }

    private void settle(HeapCharge paying) {
        long held = held();
        if (held == 0 && closed) {
            paying.clear();
        } else if (paying.bytes() - held > PAGE_BYTES) {
            paying.trim(pagesFor(held));
        }
    }

    /** What a packet of a stream takes. */
    static int ofStream(int lengthBytes) {
        return sizeOf(lengthBytes, STREAM_HEAD_BYTES);
    }

    /** What a message takes. */
    static int ofMessage(int lengthBytes) {
        return sizeOf(lengthBytes, MESSAGE_HEAD_BYTES);
    }

    private static int sizeOf(int lengthBytes, int headBytes) {
        int beyond = Math.max(0, lengthBytes - headBytes);
        int pages = Math.min(lengthBytes, (beyond + PAGE_BYTES - 1) / PAGE_BYTES * PAGE_BYTES);
        int head = lengthBytes - pages + TAIL_BYTES;
        int piece = head <= SMALLEST_BYTES ? SMALLEST_BYTES : Integer.highestOneBit(head - 1) << 1;
        return HEADER_BYTES + piece + pages;
    }
}

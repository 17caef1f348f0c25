package dev.moat.mm.calls;

import static dev.moat.abi.MemoryFlags.PAGE_SIZE;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.abi.Errno;
import dev.moat.api.task.Task;
import java.lang.foreign.MemorySegment;

/**
 * Memory nodes as guests write them: bit n of an array of words of 64 bits for node n.
 *
 * @param first the first 64 nodes
 * @param more whether there are nodes behind those
 */
record NodeMask(long first, boolean more) {
    /** MAX_NUMNODES with CONFIG_NODES_SHIFT=10, include/linux/numa.h. */
    private static final int MAX_NODES = 1024;

    /** Nodes that can exist: nr_node_ids. */
    private static final int POSSIBLE_NODES = 1;

    private static final NodeMask NONE = new NodeMask(0, false);

    /** Node 0: all that there are. */
    static final NodeMask ALL = new NodeMask(1, false);

    boolean isEmpty() {
        return first == 0 && !more;
    }

    /** Whether it has node 0. */
    boolean hasNode() {
        return (first & 1) != 0;
    }

    /**
     * Reads a mask: get_nodes(), mm/mempolicy.c.
     *
     * @param maxNode one more than the number of bits
     * @throws dev.moat.abi.ErrnoException EINVAL: nodes from {@link #MAX_NODES} on, or more bits
     *     than a page has; EFAULT
     */
    static NodeMask read(Task task, long userAddr, long maxNode) {
        long bits = maxNode - 1;
        if (bits == 0 || userAddr == 0) {
            return NONE;
        }
        if (Long.compareUnsigned(bits, (long) PAGE_SIZE * Byte.SIZE) > 0) {
            throw Errno.EINVAL.exception();
        }
        int words = (int) ((bits + Long.SIZE - 1) / Long.SIZE);
        MemorySegment mask =
                MemorySegment.ofArray(task.user().copyIn(userAddr, words * Long.BYTES));
        long first = 0;
        boolean more = false;
        for (int i = 0; i < words; i++) {
            long word = mask.get(JAVA_LONG_UNALIGNED, (long) i * Long.BYTES);
            boolean beyond = i >= MAX_NODES / Long.SIZE;
            int unused = (int) ((long) words * Long.SIZE - bits);
            // Of a last word behind what nodes can be, all bits count: so Linux reads it.
            if (i == words - 1 && !beyond) {
                word &= -1L >>> unused;
            }
            if (beyond && word != 0) {
                throw Errno.EINVAL.exception();
            }
            first = i == 0 ? word : first;
            more |= i > 0 && word != 0;
        }
        return new NodeMask(first, more);
    }

    /** Whether a guest's mask has room for all nodes. */
    static boolean hasRoom(long maxNode) {
        return Long.compareUnsigned(maxNode, POSSIBLE_NODES) >= 0;
    }

    /**
     * Writes {@code nodes}, and 0 for what follows: copy_nodes_to_user().
     *
     * @param maxNode as for {@link #read}
     * @throws dev.moat.abi.ErrnoException EINVAL: more bits than a page has; EFAULT
     */
    static void write(Task task, long userAddr, long maxNode, long nodes) {
        long bytes = (maxNode - 1 + Long.SIZE - 1 & -Long.SIZE) / Byte.SIZE;
        if (Long.compareUnsigned(bytes, PAGE_SIZE) > 0) {
            throw Errno.EINVAL.exception();
        }
        byte[] mask = new byte[(int) bytes];
        if (bytes > 0) {
            MemorySegment.ofArray(mask).set(JAVA_LONG_UNALIGNED, 0, nodes);
            task.user().copyOut(userAddr, mask);
        }
    }
}

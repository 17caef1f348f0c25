package dev.moat.net.netlink;

import dev.moat.abi.Ucred;
import dev.moat.api.task.ThreadGroup;
import org.jspecify.annotations.Nullable;

/**
 * What waits to be received.
 *
 * @param port of the sender, 0 for the kernel
 * @param group to which it was sent, 0 for none
 * @param process that sent it, null for the kernel
 */
record Datagram(
        byte[] data, int port, int group, Ucred credentials, @Nullable ThreadGroup process) {
    private static final Ucred KERNEL = new Ucred(0, 0, 0);

    /** {@code sizeof(struct sk_buff)} and what is allocated with it: what an empty one takes. */
    private static final int HEAD_BYTES = 768;

    static Datagram fromKernel(byte[] data, int group) {
        return new Datagram(data, 0, group, KERNEL, null);
    }

    /** Memory that it takes in the queue of its receiver. */
    int chargedBytes() {
        return chargedBytes(data.length);
    }

    /** That of a datagram of so many bytes. */
    static int chargedBytes(int lengthBytes) {
        return HEAD_BYTES + lengthBytes;
    }
}

package dev.moat.host;

import java.lang.foreign.MemorySegment;

/** What the services of this bundle share. */
record HostContext(NativeCalls calls, ScratchPool scratch) {
    static HostContext create() {
        return new HostContext(new NativeCalls(), new ScratchPool());
    }

    /**
     * Transfers between the host and a segment of any kind: native ones directly, heap ones by
     * bouncing.
     */
    long transfer(MemorySegment segment, boolean toSegment, Transfer transfer) {
        if (segment.isNative()) {
            return transfer.apply(segment.address(), segment.byteSize());
        }
        try (Scratch scratch = this.scratch.borrow()) {
            MemorySegment bounce = scratch.struct();
            // a short transfer is within the contract of read(2) and write(2)
            long length = Math.min(segment.byteSize(), bounce.byteSize());
            if (!toSegment) {
                MemorySegment.copy(segment, 0, bounce, 0, length);
            }
            long result = transfer.apply(bounce.address(), length);
            if (toSegment && result > 0) {
                // a size query (xattr) gives more than the empty segment holds
                MemorySegment.copy(bounce, 0, segment, 0, Math.min(result, segment.byteSize()));
            }
            return result;
        }
    }

    /** One host call on a buffer. */
    interface Transfer {
        long apply(long address, long lengthBytes);
    }
}

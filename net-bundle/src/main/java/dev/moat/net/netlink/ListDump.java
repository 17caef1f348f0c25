package dev.moat.net.netlink;

import dev.moat.api.swap.Stateful;

/** A dump of what is known from the beginning: one piece, or nothing at all. */
@Stateful
final class ListDump implements Dump {
    private final int sequence;
    private byte[] piece;

    /**
     * @param piece messages with NLM_F_MULTI; empty for none
     */
    ListDump(int sequence, byte[] piece) {
        this.sequence = sequence;
        this.piece = piece;
    }

    @Override
    public byte[] next() {
        byte[] now = piece;
        piece = new byte[0];
        return now;
    }

    @Override
    public int sequence() {
        return sequence;
    }
}

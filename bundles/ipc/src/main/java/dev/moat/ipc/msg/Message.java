package dev.moat.ipc.msg;

import dev.moat.api.swap.Stateful;

/** A message. Immutable. */
@Stateful
public final class Message {
    private final long type;
    private final byte[] data;

    /**
     * Takes over {@code data}.
     *
     * @param type above 0
     */
    public Message(long type, byte[] data) {
        this.type = type;
        this.data = data;
    }

    public long type() {
        return type;
    }

    /** Not to be changed. */
    public byte[] data() {
        return data;
    }

    int length() {
        return data.length;
    }
}

package dev.moat.ipc.mqueue;

import dev.moat.api.swap.Stateful;

/** A message with its priority. Immutable. */
@Stateful
public final class Letter {
    private final int priority;
    private final byte[] text;

    /** Takes over {@code text}. */
    public Letter(int priority, byte[] text) {
        this.priority = priority;
        this.text = text;
    }

    public int priority() {
        return priority;
    }

    /** Not to be changed. */
    public byte[] text() {
        return text;
    }
}

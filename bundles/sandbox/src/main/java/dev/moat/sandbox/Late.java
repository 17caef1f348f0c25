package dev.moat.sandbox;

import dev.moat.api.swap.Stateful;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * A part of a sandbox that is made after the sandbox object itself, because its maker wants to know
 * the sandbox. Set once, exchanged by hot swap only.
 */
@Stateful
final class Late<T> {
    private final String what;
    private final AtomicReference<@Nullable T> value = new AtomicReference<>();

    Late(String what) {
        this.what = what;
    }

    void set(T part) {
        if (!value.compareAndSet(null, part)) {
            throw new IllegalStateException(what + " was set before");
        }
    }

    /** Puts another part in the place of the one that is there; gives that one. */
    T exchange(T successor) {
        T former = get();
        value.set(successor);
        return former;
    }

    /** The part; an IllegalStateException before it was made. */
    T get() {
        T part = value.get();
        if (part == null) {
            throw new IllegalStateException(what + " is not there yet");
        }
        return part;
    }

    /** The part, or null before it was made: for taking down what was half built. */
    @Nullable T orNull() {
        return value.get();
    }
}

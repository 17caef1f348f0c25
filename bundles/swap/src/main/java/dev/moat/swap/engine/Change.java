package dev.moat.swap.engine;

import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Something that is done to an object that stays, and how it is undone. Neither can fail. */
record Change(Runnable apply, Runnable undo) {
    static Change of(
            @Nullable Object old, @Nullable Object now, Consumer<@Nullable Object> assign) {
        return new Change(() -> assign.accept(now), () -> assign.accept(old));
    }
}

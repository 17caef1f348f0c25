package dev.moat.task.process;

import dev.moat.api.platform.ContextState;
import dev.moat.api.sandbox.ProcessSpec;
import java.util.concurrent.CompletableFuture;

/** How a new task comes to life. */
sealed interface Launch {
    /** Loads a program: the first process, or one that an operator starts beside it. */
    record Program(ProcessSpec spec, CompletableFuture<Void> loaded) implements Launch {}

    /** Goes on where clone(2) was called. */
    record Copy(ContextState state) implements Launch {}
}

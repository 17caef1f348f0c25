package dev.moat.launcher;

import dev.moat.cli.Kernel;
import dev.moat.cli.KernelException;
import dev.moat.cli.KernelSource;
import dev.moat.cli.KernelUse;
import java.util.Set;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.FutureTask;
import org.jspecify.annotations.Nullable;

/**
 * Starts a kernel on a thread of its own while the command line is still being read, for commands
 * that most likely need one: reading it takes as long as a fifth of a start.
 */
final class EarlyStart implements KernelSource {
    private static final Set<String> COMMANDS = Set.of("run", "platforms", "syscalls");

    private final KernelSource source;
    private final @Nullable FutureTask<Kernel> early;

    private EarlyStart(KernelSource source, @Nullable FutureTask<Kernel> early) {
        this.source = source;
        this.early = early;
    }

    /** Begins to start a kernel if the command line looks as if it was needed. */
    static EarlyStart of(KernelSource source, String[] arguments) {
        if (arguments.length == 0 || !COMMANDS.contains(arguments[0])) {
            return new EarlyStart(source, null);
        }
        var early = new FutureTask<>(() -> source.start(KernelUse.COMMAND));
        // a daemon: a command line that turns out to be wrong ends the program at once
        Thread.ofPlatform().daemon().name("kernel-start").start(early);
        return new EarlyStart(source, early);
    }

    @Override
    public Kernel start(KernelUse use) {
        if (early == null || use != KernelUse.COMMAND) {
            return source.start(use);
        }
        try {
            return early.get();
        } catch (ExecutionException e) {
            throw e.getCause() instanceof KernelException known
                    ? known
                    : new KernelException("the kernel does not start: " + e.getCause(), e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new KernelException("interrupted while the kernel started", e);
        }
    }
}

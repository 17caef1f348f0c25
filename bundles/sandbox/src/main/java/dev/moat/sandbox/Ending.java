package dev.moat.sandbox;

import dev.moat.api.sandbox.ExitStatus;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** What happens when the first process of a sandbox has ended. */
final class Ending {
    private final KernelSandbox sandbox;
    private final Teardown teardown;
    private final Consumer<KernelSandbox> ended;

    /**
     * @param ended called when the sandbox is down, before its future completes
     */
    Ending(KernelSandbox sandbox, Teardown teardown, Consumer<KernelSandbox> ended) {
        this.sandbox = sandbox;
        this.teardown = teardown;
        this.ended = ended;
    }

    /** Takes the sandbox down when the first process has ended. */
    void follow(CompletableFuture<ExitStatus> firstProcess) {
        firstProcess.whenComplete(this::finish);
    }

    private void finish(@Nullable ExitStatus status, @Nullable Throwable failure) {
        // On a thread of its own: the caller is a thread of what is taken down.
        Thread.ofPlatform()
                .name("moat-teardown-" + sandbox.name())
                .daemon(false)
                .start(() -> takeDown(status, failure));
    }

    private void takeDown(@Nullable ExitStatus status, @Nullable Throwable failure) {
        try {
            teardown.run();
        } finally {
            ended.accept(sandbox);
            if (status != null) {
                sandbox.exited().complete(status);
            } else {
                sandbox.exited()
                        .completeExceptionally(
                                failure != null ? failure : new IllegalStateException("no status"));
            }
        }
    }
}

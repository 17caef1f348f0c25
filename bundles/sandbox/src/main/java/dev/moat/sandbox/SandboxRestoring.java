package dev.moat.sandbox;

import dev.moat.api.platform.Platform;
import dev.moat.api.platform.PlatformSession;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Restoration;
import dev.moat.api.swap.SandboxRevival.Revived;
import java.util.function.Consumer;

/** A sandbox whose state was read from a checkpoint, on its way to run. */
final class SandboxRestoring implements Revived, Restoration {
    private final KernelSandbox sandbox;
    private final Platform platform;
    private final RestorerStreams streams;
    private final Consumer<KernelSandbox> published;
    private final Consumer<KernelSandbox> ended;
    private final Teardown teardown;
    private boolean started;

    /**
     * @param streams owned by this object
     * @param published called when operators may see the sandbox
     * @param ended called when it is down
     */
    SandboxRestoring(
            KernelSandbox sandbox,
            Platform platform,
            RestorerStreams streams,
            Consumer<KernelSandbox> published,
            Consumer<KernelSandbox> ended) {
        this.sandbox = sandbox;
        this.platform = platform;
        this.streams = streams;
        this.published = published;
        this.ended = ended;
        this.teardown = new Teardown(sandbox);
    }

    @Override
    public Restoration restoration() {
        return this;
    }

    @Override
    public Sandbox sandbox() {
        return sandbox;
    }

    @Override
    public int standardStream(int index) {
        return streams.descriptor(index);
    }

    @Override
    public void openPlatform() {
        PlatformSession session = platform.open(sandbox.memory().file().hostFd());
        sandbox.platform.set(session);
        sandbox.memory().prepareMove(session).commit();
    }

    @Override
    public void start() {
        started = true;
        new Ending(sandbox, teardown, ended).follow(sandbox.tasks.get().exited());
        published.accept(sandbox);
        sandbox.tasks.get().revive(sandbox.platform());
    }

    /** What was not started is dropped as it is: it may be incomplete. */
    @Override
    public void close() {
        streams.close();
        if (!started) {
            teardown.drop();
            ended.accept(sandbox);
        }
    }
}

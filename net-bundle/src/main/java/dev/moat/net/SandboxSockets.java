package dev.moat.net;

import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Stateful;
import java.util.concurrent.atomic.AtomicLong;

/** The sockets' state of one sandbox. */
@Stateful
public final class SandboxSockets implements AutoCloseable {
    private static final String PART = "net.sockets";

    private final Sandbox sandbox;
    private final SocketFilesystem filesystem = new SocketFilesystem();
    private final AbstractNames abstractNames = new AbstractNames();
    private final AtomicLong inodeNumbers = new AtomicLong(1000);

    SandboxSockets(Sandbox sandbox) {
        this.sandbox = sandbox;
    }

    /** Those of {@code sandbox}, made on first use. */
    public static SandboxSockets of(Sandbox sandbox) {
        return (SandboxSockets) sandbox.part(PART, () -> new SandboxSockets(sandbox));
    }

    public Sandbox sandbox() {
        return sandbox;
    }

    /** Local names without a file, unix(7). */
    public AbstractNames abstractNames() {
        return abstractNames;
    }

    /** Sockets are closed with their descriptors. */
    @Override
    public void close() {
        // Nothing else is held.
    }

    SocketFilesystem filesystem() {
        return filesystem;
    }

    long nextInodeNumber() {
        return inodeNumbers.incrementAndGet();
    }
}

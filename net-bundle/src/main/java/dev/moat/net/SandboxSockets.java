package dev.moat.net;

import dev.moat.api.sandbox.Sandbox;
import java.util.concurrent.atomic.AtomicLong;

/** The sockets' state of one sandbox. */
public final class SandboxSockets {
    private final Sandbox sandbox;
    private final SocketFilesystem filesystem = new SocketFilesystem();
    private final AbstractNames abstractNames = new AbstractNames();
    private final AtomicLong inodeNumbers = new AtomicLong(1000);

    SandboxSockets(Sandbox sandbox) {
        this.sandbox = sandbox;
    }

    public Sandbox sandbox() {
        return sandbox;
    }

    /** Local names without a file, unix(7). */
    public AbstractNames abstractNames() {
        return abstractNames;
    }

    SocketFilesystem filesystem() {
        return filesystem;
    }

    long nextInodeNumber() {
        return inodeNumbers.incrementAndGet();
    }
}

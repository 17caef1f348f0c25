package dev.moat.net;

import dev.moat.api.namespace.Namespace;
import dev.moat.api.namespace.NamespaceKind;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Restorable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;

/** The sockets' state of one network namespace: network_namespaces(7). */
@Stateful
public final class SandboxSockets implements AutoCloseable, Restorable {
    private static final String PART = "net.sockets";

    private final Sandbox sandbox;
    private final SocketFilesystem filesystem;
    private final AbstractNames abstractNames = new AbstractNames();
    private final AtomicLong inodeNumbers;

    /** Of all namespaces of the sandbox: sockets may be sent from one to another. */
    private InFlight inFlight;

    SandboxSockets(Sandbox sandbox) {
        this(sandbox, new SocketFilesystem(), new AtomicLong(1000), new InFlight());
    }

    private SandboxSockets(
            Sandbox sandbox,
            SocketFilesystem filesystem,
            AtomicLong inodeNumbers,
            InFlight inFlight) {
        this.sandbox = sandbox;
        this.filesystem = filesystem;
        this.inodeNumbers = inodeNumbers;
        this.inFlight = inFlight;
    }

    /** What was written by earlier revisions knows of nothing in flight. */
    @Override
    public void restored() {
        inFlight = Objects.requireNonNullElseGet(inFlight, InFlight::new);
    }

    /** Those of the namespace that {@code task} is in: a socket stays in that of its maker. */
    public static SandboxSockets of(Task task) {
        SandboxSockets first = of(task.sandbox());
        Namespace namespace = task.namespaces().get(NamespaceKind.NET);
        if (namespace.number() == NamespaceKind.NET.firstNumber()) {
            return first;
        }
        return (SandboxSockets) namespace.part(PART, first::another);
    }

    private SandboxSockets another() {
        return new SandboxSockets(sandbox, filesystem, inodeNumbers, inFlight);
    }

    /** Those of the first namespace of {@code sandbox}, made on first use. */
    public static SandboxSockets of(Sandbox sandbox) {
        return (SandboxSockets) sandbox.part(PART, () -> new SandboxSockets(sandbox));
    }

    public Sandbox sandbox() {
        return sandbox;
    }

    /** Sockets on their way to other sockets. */
    public InFlight inFlight() {
        return inFlight;
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

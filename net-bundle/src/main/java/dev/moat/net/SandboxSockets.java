package dev.moat.net;

import dev.moat.api.namespace.Loopback;
import dev.moat.api.namespace.Namespace;
import dev.moat.api.namespace.NamespaceKind;
import dev.moat.api.namespace.UserView;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Restorable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.net.netlink.NetlinkPorts;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The sockets' state of one network namespace: network_namespaces(7). */
@Stateful
public final class SandboxSockets implements AutoCloseable, Restorable {
    private static final String PART = "net.sockets";

    private final Sandbox sandbox;
    private final SocketFilesystem filesystem;
    private final AbstractNames abstractNames = new AbstractNames();
    private final AtomicLong inodeNumbers;

    /** Null: the first one. */
    private final @Nullable Namespace namespace;

    /** Of all namespaces of the sandbox: sockets may be sent from one to another. */
    private InFlight inFlight;

    private OpenSockets openSockets = new OpenSockets();
    private NetlinkPorts netlinkPorts = new NetlinkPorts();

    SandboxSockets(Sandbox sandbox) {
        this(sandbox, new SocketFilesystem(), new AtomicLong(1000), new InFlight(), null);
    }

    private SandboxSockets(
            Sandbox sandbox,
            SocketFilesystem filesystem,
            AtomicLong inodeNumbers,
            InFlight inFlight,
            @Nullable Namespace namespace) {
        this.sandbox = sandbox;
        this.filesystem = filesystem;
        this.inodeNumbers = inodeNumbers;
        this.inFlight = inFlight;
        this.namespace = namespace;
    }

    /** What was written by earlier revisions knows of less. */
    @Override
    public void restored() {
        inFlight = Objects.requireNonNullElseGet(inFlight, InFlight::new);
        openSockets = Objects.requireNonNullElseGet(openSockets, OpenSockets::new);
        netlinkPorts = Objects.requireNonNullElseGet(netlinkPorts, NetlinkPorts::new);
    }

    /** Those of the namespace that {@code task} is in: a socket stays in that of its maker. */
    public static SandboxSockets of(Task task) {
        SandboxSockets first = of(task.sandbox());
        Namespace namespace = task.namespaces().get(NamespaceKind.NET);
        if (namespace.number() == NamespaceKind.NET.firstNumber()) {
            return first;
        }
        return (SandboxSockets) namespace.part(PART, () -> first.another(namespace));
    }

    private SandboxSockets another(Namespace namespace) {
        return new SandboxSockets(sandbox, filesystem, inodeNumbers, inFlight, namespace);
    }

    /** Those of the first namespace of {@code sandbox}, made on first use. */
    public static SandboxSockets of(Sandbox sandbox) {
        return (SandboxSockets) sandbox.part(PART, () -> new SandboxSockets(sandbox));
    }

    /** Whether {@code task} has a capability over this namespace: ns_capable(). */
    public boolean allows(Task task, int capability) {
        Namespace own = namespace;
        UserView owner = own == null ? UserView.First.INSTANCE : own.owner();
        return task.credentials().canIn(owner, capability);
    }

    /** All local sockets. */
    public OpenSockets openSockets() {
        return openSockets;
    }

    /** Netlink sockets that have a port. */
    public NetlinkPorts netlinkPorts() {
        return netlinkPorts;
    }

    /** The one device. */
    public Loopback loopback() {
        Namespace own = namespace;
        return own == null ? Loopback.of(sandbox) : Loopback.of(sandbox, own);
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

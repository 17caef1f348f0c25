package dev.moat.api.namespace;

import dev.moat.abi.NetlinkConstants;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Stateful;

/**
 * The one device of a network namespace: {@code lo}, down until somebody says otherwise. Nothing is
 * ever sent through it, as there is no IP stack. Sockets change it, and sysfs tells of it. Thread
 * safe.
 */
@Stateful
public final class Loopback implements AutoCloseable {
    private static final String PART = "net.loopback";

    public static final String NAME = "lo";
    public static final int INDEX = 1;
    public static final int MTU_BYTES = 65536;
    public static final int QUEUE_LENGTH = 1000;

    private volatile boolean up;

    /** That of {@code namespace}, made on first use. */
    public static Loopback of(Sandbox sandbox, Namespace namespace) {
        return namespace.number() == NamespaceKind.NET.firstNumber()
                ? of(sandbox)
                : (Loopback) namespace.part(PART, Loopback::new);
    }

    /** That of the first namespace of {@code sandbox}, made on first use. */
    public static Loopback of(Sandbox sandbox) {
        return (Loopback) sandbox.part(PART, Loopback::new);
    }

    public boolean isUp() {
        return up;
    }

    public void setUp(boolean on) {
        up = on;
    }

    /** IFF_* flags: dev_get_flags(). */
    public int flags() {
        int more =
                NetlinkConstants.IFF_UP
                        | NetlinkConstants.IFF_RUNNING
                        | NetlinkConstants.IFF_LOWER_UP;
        return NetlinkConstants.IFF_LOOPBACK | (up ? more : 0);
    }

    /** It goes with its namespace. */
    @Override
    public void close() {
        // Nothing is held.
    }
}

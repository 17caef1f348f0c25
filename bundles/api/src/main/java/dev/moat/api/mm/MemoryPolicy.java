package dev.moat.api.mm;

import static dev.moat.abi.MempolicyFlags.MPOL_BIND;
import static dev.moat.abi.MempolicyFlags.MPOL_DEFAULT;
import static dev.moat.abi.MempolicyFlags.MPOL_F_NUMA_BALANCING;
import static dev.moat.abi.MempolicyFlags.MPOL_F_RELATIVE_NODES;
import static dev.moat.abi.MempolicyFlags.MPOL_F_STATIC_NODES;
import static dev.moat.abi.MempolicyFlags.MPOL_INTERLEAVE;
import static dev.moat.abi.MempolicyFlags.MPOL_LOCAL;
import static dev.moat.abi.MempolicyFlags.MPOL_PREFERRED;
import static dev.moat.abi.MempolicyFlags.MPOL_PREFERRED_MANY;
import static dev.moat.abi.MempolicyFlags.MPOL_WEIGHTED_INTERLEAVE;

import dev.moat.abi.Errno;

/**
 * Where pages shall come from: set_mempolicy(2), mm/mempolicy.c. There is one memory node, number
 * 0, so a policy is kept and told, and every policy that can be kept leads there.
 *
 * @param mode MPOL_*, without flags
 * @param flags MPOL_F_STATIC_NODES, MPOL_F_RELATIVE_NODES, MPOL_F_NUMA_BALANCING
 * @param userNodes the first 64 nodes as they were asked for, bit n for node n; 0 without
 *     MPOL_F_STATIC_NODES and MPOL_F_RELATIVE_NODES. Nobody is told of others.
 * @param homeNode set_mempolicy_home_node(2); -1 for none
 */
public record MemoryPolicy(int mode, int flags, long userNodes, int homeNode) {
    /** As if nothing had been asked for. */
    public static final MemoryPolicy DEFAULT = new MemoryPolicy(MPOL_DEFAULT, 0, 0, -1);

    private static final int KEEPS_NODES = MPOL_F_STATIC_NODES | MPOL_F_RELATIVE_NODES;
    private static final int FLAGS = KEEPS_NODES | MPOL_F_NUMA_BALANCING;
    private static final long NODE_0 = 1;

    /**
     * What {@code modeAndFlags} says, before anybody looks at nodes: sanitize_mpol_flags().
     *
     * @throws dev.moat.abi.ErrnoException EINVAL: no such mode, or flags that it cannot have
     */
    public static void checkMode(int modeAndFlags) {
        int mode = modeAndFlags & ~FLAGS;
        boolean balancing = (modeAndFlags & MPOL_F_NUMA_BALANCING) != 0;
        if (mode < 0
                || mode > MPOL_WEIGHTED_INTERLEAVE
                || (modeAndFlags & KEEPS_NODES) == KEEPS_NODES
                || balancing && mode != MPOL_BIND && mode != MPOL_PREFERRED_MANY) {
            throw Errno.EINVAL.exception();
        }
    }

    /**
     * A policy as a guest asks for it: mpol_new(), mpol_set_nodemask().
     *
     * @param modeAndFlags has passed {@link #checkMode}
     * @param nodes the first 64 of the nodes
     * @param more whether there are nodes behind those
     * @throws dev.moat.abi.ErrnoException EINVAL: nodes where none may be, none where there must
     *     be, or none that exists
     */
    public static MemoryPolicy of(int modeAndFlags, long nodes, boolean more) {
        int mode = modeAndFlags & ~FLAGS;
        int flags = modeAndFlags & FLAGS;
        boolean empty = nodes == 0 && !more;
        boolean keepsNodes = (flags & KEEPS_NODES) != 0;
        if (mode == MPOL_DEFAULT) {
            return require(empty, DEFAULT);
        }
        if (mode == MPOL_LOCAL || mode == MPOL_PREFERRED && empty) {
            return require(empty && !keepsNodes, new MemoryPolicy(MPOL_LOCAL, flags, 0, -1));
        }
        // Relative nodes are folded onto those that exist: any leads to node 0.
        boolean relative = (flags & MPOL_F_RELATIVE_NODES) != 0;
        boolean leadsSomewhere = relative ? !empty : (nodes & NODE_0) != 0;
        return require(leadsSomewhere, new MemoryPolicy(mode, flags, keepsNodes ? nodes : 0, -1));
    }

    private static MemoryPolicy require(boolean valid, MemoryPolicy policy) {
        if (!valid) {
            throw Errno.EINVAL.exception();
        }
        return policy;
    }

    /** The same with the node from which pages are taken first. */
    public MemoryPolicy withHomeNode(int node) {
        return new MemoryPolicy(mode, flags, userNodes, node);
    }

    /** Whether {@link #homeNode} means something. */
    public boolean canHaveHomeNode() {
        return mode == MPOL_BIND || mode == MPOL_PREFERRED_MANY;
    }

    /** Whether pages go to the nodes in turn. */
    public boolean isInterleaved() {
        return mode == MPOL_INTERLEAVE || mode == MPOL_WEIGHTED_INTERLEAVE;
    }

    /** The nodes that get_mempolicy(2) tells. */
    public long toldNodes() {
        return (flags & KEEPS_NODES) != 0 ? userNodes : nodes();
    }

    private long nodes() {
        return mode == MPOL_DEFAULT || mode == MPOL_LOCAL ? 0 : NODE_0;
    }

    /** As in {@code /proc/pid/numa_maps}: mpol_to_str(). */
    public String text() {
        StringBuilder text =
                new StringBuilder(
                        switch (mode) {
                            case MPOL_PREFERRED -> "prefer";
                            case MPOL_BIND -> "bind";
                            case MPOL_INTERLEAVE -> "interleave";
                            case MPOL_LOCAL -> "local";
                            case MPOL_PREFERRED_MANY -> "prefer (many)";
                            case MPOL_WEIGHTED_INTERLEAVE -> "weighted interleave";
                            default -> "default";
                        });
        if (flags != 0) {
            text.append('=');
        }
        if ((flags & MPOL_F_STATIC_NODES) != 0) {
            text.append("static");
        } else if ((flags & MPOL_F_RELATIVE_NODES) != 0) {
            text.append("relative");
        }
        if ((flags & MPOL_F_NUMA_BALANCING) != 0) {
            text.append((flags & KEEPS_NODES) != 0 ? "|balancing" : "balancing");
        }
        return text.append(nodes() != 0 ? ":0" : "").toString();
    }
}

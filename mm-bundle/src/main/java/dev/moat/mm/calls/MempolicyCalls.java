package dev.moat.mm.calls;

import static dev.moat.abi.MempolicyFlags.MPOL_F_ADDR;
import static dev.moat.abi.MempolicyFlags.MPOL_F_MEMS_ALLOWED;
import static dev.moat.abi.MempolicyFlags.MPOL_F_NODE;
import static dev.moat.abi.MempolicyFlags.MPOL_MF_MOVE;
import static dev.moat.abi.MempolicyFlags.MPOL_MF_MOVE_ALL;
import static dev.moat.abi.MempolicyFlags.MPOL_MF_STRICT;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.api.mm.MemoryPolicy;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;

/**
 * {@code mbind(2)}, {@code set_mempolicy(2)}, {@code get_mempolicy(2)} and {@code
 * set_mempolicy_home_node(2)}: mm/mempolicy.c, with one memory node.
 */
final class MempolicyCalls {
    private static final long GET_FLAGS = MPOL_F_NODE | MPOL_F_ADDR | MPOL_F_MEMS_ALLOWED;
    private static final int BIND_FLAGS = MPOL_MF_STRICT | MPOL_MF_MOVE | MPOL_MF_MOVE_ALL;

    @Syscall(nr = 237, name = "mbind")
    long mbind(Task task, long addr, long length, int mode, long nodes, long maxNode, int flags) {
        MemoryPolicy.checkMode(mode);
        NodeMask mask = NodeMask.read(task, nodes, maxNode);
        if ((flags & ~BIND_FLAGS) != 0) {
            throw Errno.EINVAL.exception();
        }
        if ((flags & MPOL_MF_MOVE_ALL) != 0) {
            checkMayMoveAll(task);
        }
        task.memory()
                .control()
                .bind(
                        addr,
                        length,
                        () -> MemoryPolicy.of(mode, mask.first(), mask.more()),
                        flags,
                        mask.hasNode());
        return 0;
    }

    @Syscall(nr = 238, name = "set_mempolicy")
    long setMempolicy(Task task, int mode, long nodes, long maxNode) {
        MemoryPolicy.checkMode(mode);
        NodeMask mask = NodeMask.read(task, nodes, maxNode);
        task.placement().setPolicy(MemoryPolicy.of(mode, mask.first(), mask.more()));
        return 0;
    }

    @Syscall(nr = 239, name = "get_mempolicy")
    long getMempolicy(Task task, long mode, long nodes, long maxNode, long addr, long flags) {
        if (nodes != 0 && !NodeMask.hasRoom(maxNode) || (flags & ~GET_FLAGS) != 0) {
            throw Errno.EINVAL.exception();
        }
        int told;
        long toldNodes;
        if ((flags & MPOL_F_MEMS_ALLOWED) != 0) {
            if (flags != MPOL_F_MEMS_ALLOWED) {
                throw Errno.EINVAL.exception();
            }
            told = 0;
            toldNodes = NodeMask.ALL.first();
        } else {
            MemoryPolicy policy = policy(task, addr, flags);
            toldNodes = policy.toldNodes();
            told =
                    (flags & MPOL_F_NODE) != 0
                            ? node(task, policy, addr, flags)
                            : policy.mode() | policy.flags();
        }
        if (mode != 0) {
            task.user().writeInt(mode, told);
        }
        if (nodes != 0) {
            NodeMask.write(task, nodes, maxNode, toldNodes);
        }
        return 0;
    }

    private static MemoryPolicy policy(Task task, long addr, long flags) {
        if ((flags & MPOL_F_ADDR) != 0) {
            return task.memory().control().policyAt(addr);
        }
        if (addr != 0) {
            throw Errno.EINVAL.exception();
        }
        return task.placement().policy();
    }

    /** The node of the page at an address, or of the next page to come. */
    private static int node(Task task, MemoryPolicy policy, long addr, long flags) {
        if ((flags & MPOL_F_ADDR) != 0) {
            // Brings the page in.
            task.user().readByte(addr);
        } else if (!policy.isInterleaved()) {
            throw Errno.EINVAL.exception();
        }
        return 0;
    }

    @Syscall(nr = 450, name = "set_mempolicy_home_node")
    long setMempolicyHomeNode(Task task, long addr, long length, long node, long flags) {
        if (flags != 0 || node != 0) {
            throw Errno.EINVAL.exception();
        }
        task.memory().control().setHomeNode(addr, length, (int) node);
        return 0;
    }

    static void checkMayMoveAll(Task task) {
        if (!task.credentials().can(Capabilities.CAP_SYS_NICE)) {
            throw Errno.EPERM.exception();
        }
    }
}

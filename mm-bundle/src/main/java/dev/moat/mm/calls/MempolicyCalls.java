package dev.moat.mm.calls;

import dev.moat.abi.Errno;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;

/**
 * {@code mbind(2)}, {@code set_mempolicy(2)} and relatives: refused, as by a kernel without
 * CONFIG_NUMA.
 */
final class MempolicyCalls {
    private static final String NOTE =
            "one memory node: ENOSYS, as from a kernel without CONFIG_NUMA";

    @Syscall(nr = 237, name = "mbind", support = Support.REFUSED, note = NOTE)
    long mbind(Task task, long addr, long length, int mode, long nodes, long maxNode, int flags) {
        return Errno.ENOSYS.negated();
    }

    @Syscall(nr = 238, name = "set_mempolicy", support = Support.REFUSED, note = NOTE)
    long setMempolicy(Task task, int mode, long nodes, long maxNode) {
        return Errno.ENOSYS.negated();
    }

    @Syscall(nr = 239, name = "get_mempolicy", support = Support.REFUSED, note = NOTE)
    long getMempolicy(Task task, long mode, long nodes, long maxNode, long addr, long flags) {
        return Errno.ENOSYS.negated();
    }

    @Syscall(nr = 256, name = "migrate_pages", support = Support.REFUSED, note = NOTE)
    long migratePages(Task task, int pid, long maxNode, long from, long to) {
        return Errno.ENOSYS.negated();
    }

    @Syscall(nr = 279, name = "move_pages", support = Support.REFUSED, note = NOTE)
    long movePages(Task task, int pid, long count, long pages, long nodes, long status, int flags) {
        return Errno.ENOSYS.negated();
    }

    @Syscall(nr = 450, name = "set_mempolicy_home_node", support = Support.REFUSED, note = NOTE)
    long setMempolicyHomeNode(Task task, long addr, long length, long node, long flags) {
        return Errno.ENOSYS.negated();
    }
}

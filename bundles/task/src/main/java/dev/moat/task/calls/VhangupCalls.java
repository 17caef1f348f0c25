package dev.moat.task.calls;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.task.ThreadGroup;

/** {@code vhangup(2)}: hangs up the controlling terminal, if there is one. */
final class VhangupCalls {
    /**
     * @return 0
     * @throws dev.moat.abi.ErrnoException EPERM: no CAP_SYS_TTY_CONFIG
     */
    @Syscall(nr = 153, name = "vhangup")
    long vhangup(Task task) {
        if (!task.credentials().can(Capabilities.CAP_SYS_TTY_CONFIG)) {
            throw Errno.EPERM.exception();
        }
        ThreadGroup group = task.group();
        group.terminal().ifPresent(terminal -> terminal.hangUpLine(group.sessionId()));
        return 0;
    }
}

package dev.moat.api.task;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.SchedPolicy;

/** I/O priorities: ioprio_set(2), block/ioprio.c. */
public final class IoPriority {
    private static final int CLASS_MASK = 7;
    private static final int LEVEL_MASK = 7;

    private IoPriority() {}

    /**
     * Whether somebody may have a priority: ioprio_check_cap(). Hints above the level are not
     * looked at.
     *
     * @throws dev.moat.abi.ErrnoException EPERM: real time without CAP_SYS_NICE or CAP_SYS_ADMIN;
     *     EINVAL: no such class, or a level without a class
     */
    public static void check(int priority, Credentials who) {
        switch (priority >>> SchedPolicy.IOPRIO_CLASS_SHIFT & CLASS_MASK) {
            case SchedPolicy.IOPRIO_CLASS_RT -> {
                if (!who.can(Capabilities.CAP_SYS_ADMIN) && !who.can(Capabilities.CAP_SYS_NICE)) {
                    throw Errno.EPERM.exception();
                }
            }
            case SchedPolicy.IOPRIO_CLASS_BE, SchedPolicy.IOPRIO_CLASS_IDLE -> {
                // Anybody may have these, at any level.
            }
            case SchedPolicy.IOPRIO_CLASS_NONE -> {
                if ((priority & LEVEL_MASK) != 0) {
                    throw Errno.EINVAL.exception();
                }
            }
            default -> throw Errno.EINVAL.exception();
        }
    }
}

package dev.moat.keys;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.Limits;
import dev.moat.api.task.Task;

/** Names of types and descriptions, as calls are given them. */
final class KeyText {
    private static final int TYPE_BYTES = 32;

    private KeyText() {}

    /** Name of a type: EINVAL, EPERM for the kernel's own. key_get_type_from_user(). */
    static String type(Task task, long userAddr) {
        String name = text(task, userAddr, TYPE_BYTES);
        if (name.isEmpty()) {
            throw Errno.EINVAL.exception();
        }
        if (name.startsWith(".")) {
            throw Errno.EPERM.exception();
        }
        return name;
    }

    /** A description: EINVAL if it is too long. */
    static String description(Task task, long userAddr) {
        return text(task, userAddr, Limits.PATH_MAX);
    }

    static String text(Task task, long userAddr, int limitBytes) {
        try {
            return task.user().readString(userAddr, limitBytes);
        } catch (ErrnoException e) {
            throw (e.errno() == Errno.ENAMETOOLONG ? Errno.EINVAL : e.errno()).exception();
        }
    }
}

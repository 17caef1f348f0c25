package dev.moat.keys;

import static dev.moat.abi.KeyConstants.KEY_SPEC_SESSION_KEYRING;

import dev.moat.abi.Errno;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.api.task.ThreadGroup;
import dev.moat.keys.KeyFinder.Missing;
import dev.moat.keys.KeyFinder.State;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A process gives its session keyring to its parent: keyctl_session_to_parent(3). The parent has it
 * at once, not when it returns to its program. With the table's lock.
 */
final class ParentSession {
    private ParentSession() {}

    /** EPERM: the parent is init, has threads, or belongs to somebody else. */
    static long give(KeyFinder finder, Task task) {
        Key own =
                finder.find(KEY_SPEC_SESSION_KEYRING, Missing.REFUSE, State.GOOD, KeyRights.LINK)
                        .key();
        Task parent = soleTask(task);
        Key former = (Key) parent.keyrings().session();
        if (former == own) {
            return 0;
        }
        Credentials who = finder.who();
        if (!isOf(who, parent.credentials())
                || former != null && former.uid() != who.effectiveUid()
                || own.uid() != who.effectiveUid()) {
            throw Errno.EPERM.exception();
        }
        own.retainLocked();
        parent.keyrings().setSession(own);
        return 0;
    }

    private static Task soleTask(Task task) {
        int number = task.group().parentTgid();
        @Nullable ThreadGroup parent =
                number <= 1 ? null : task.sandbox().tasks().group(number).orElse(null);
        List<Task> tasks = parent == null ? List.of() : parent.tasks();
        if (tasks.size() != 1) {
            throw Errno.EPERM.exception();
        }
        return tasks.getFirst();
    }

    /** Whether all of the parent's users and groups are the effective ones of the child. */
    private static boolean isOf(Credentials child, Credentials parent) {
        return parent.uid() == child.effectiveUid()
                && parent.effectiveUid() == child.effectiveUid()
                && parent.savedUid() == child.effectiveUid()
                && parent.gid() == child.effectiveGid()
                && parent.effectiveGid() == child.effectiveGid()
                && parent.savedGid() == child.effectiveGid();
    }
}

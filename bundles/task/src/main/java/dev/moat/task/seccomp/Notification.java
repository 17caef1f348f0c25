package dev.moat.task.seccomp;

import dev.moat.abi.SeccompData;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import java.util.ArrayList;
import java.util.List;

/** A call that waits for another process to answer it. Guarded by its listener's lock. */
@Stateful
public final class Notification {
    /** How far it is. */
    enum Stage {
        /** Nobody has received it. */
        NEW,
        /** Received, not answered. */
        SENT,
        /** Answered. */
        REPLIED
    }

    final long id;
    final Task task;

    final SeccompData data;

    /** Where the task waits. */
    final WaitQueue bell = new WaitQueue();

    /** Descriptors that are to be given to the task, in order. */
    final List<AddedFile> files = new ArrayList<>();

    Stage stage = Stage.NEW;
    private long result;

    /** The call is made after all: SECCOMP_USER_NOTIF_FLAG_CONTINUE. */
    private boolean continued;

    Notification(long id, Task task, SeccompData data) {
        this.id = id;
        this.task = task;
        this.data = data;
    }

    /** Answers it. */
    void reply(long value, boolean makeTheCall) {
        result = value;
        continued = makeTheCall;
        stage = Stage.REPLIED;
    }

    /** The result of the call, if it is not {@link #isContinued}. After the end of the wait. */
    public long result() {
        return result;
    }

    public boolean isContinued() {
        return continued;
    }
}

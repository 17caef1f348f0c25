package dev.moat.api.task;

import dev.moat.api.swap.Stateful;
import java.util.concurrent.atomic.AtomicReferenceFieldUpdater;
import org.jspecify.annotations.Nullable;

/**
 * The keyrings that a task has of its own: credentials(7), keyrings(7). Each one that is there
 * carries one use. Changed on the task's own thread only, but for the session keyring, which a
 * child may exchange.
 */
@Stateful
public final class Keyrings {
    /** A keyring, kept by whoever serves keys. Thread safe. */
    public interface Held {
        /** One more task has it; false: it has gone. */
        boolean retain();

        /** One task fewer has it. */
        void release();
    }

    private static final AtomicReferenceFieldUpdater<Keyrings, @Nullable Held> SESSION =
            AtomicReferenceFieldUpdater.newUpdater(Keyrings.class, Held.class, "session");

    private volatile @Nullable Held thread;
    private volatile @Nullable Held process;
    private volatile @Nullable Held session;

    /** The task has ended, and takes no session keyring any more. */
    private volatile boolean released;

    /** The thread that made it had one: there shall be one here, made when it is looked for. */
    private volatile boolean threadExpected;

    /** KEY_REQKEY_DEFL_*: where request_key(2) puts what it makes. */
    private volatile int requestDestination;

    public @Nullable Held thread() {
        return thread;
    }

    public @Nullable Held process() {
        return process;
    }

    public @Nullable Held session() {
        return session;
    }

    /** Whether a thread keyring that is missing is only not made yet. */
    public boolean expectsThread() {
        return threadExpected;
    }

    public int requestDestination() {
        return requestDestination;
    }

    public void setRequestDestination(int destination) {
        requestDestination = destination;
    }

    /** Takes over a use. */
    public void setThread(Held keyring) {
        thread = exchanged(thread, keyring);
    }

    /** Takes over a use. */
    public void setProcess(Held keyring) {
        process = exchanged(process, keyring);
    }

    /**
     * Takes over a use; the former session keyring loses one. On any thread: a child may do this to
     * its parent (KEYCTL_SESSION_TO_PARENT). A task that has ended takes nothing.
     */
    public void setSession(Held keyring) {
        releaseIf(SESSION.getAndSet(this, keyring));
        // Whoever takes it out releases it: this, or the end of the task.
        if (released && SESSION.compareAndSet(this, keyring, null)) {
            keyring.release();
        }
    }

    private static Held exchanged(@Nullable Held former, Held keyring) {
        if (former != null) {
            former.release();
        }
        return keyring;
    }

    /**
     * What a new task has of {@code parent}: the session keyring, and as a thread of the same
     * process that of the process.
     */
    public void copyFrom(Keyrings parent, boolean sameProcess) {
        session = parent.shareSession();
        process = sameProcess ? shared(parent.process) : null;
        threadExpected = sameProcess && (parent.thread != null || parent.threadExpected);
        requestDestination = parent.requestDestination;
    }

    /** One that goes in between was exchanged: the next one is taken. */
    private @Nullable Held shareSession() {
        Held keyring = session;
        while (keyring != null && !keyring.retain()) {
            keyring = session;
        }
        return keyring;
    }

    private static @Nullable Held shared(@Nullable Held keyring) {
        return keyring != null && keyring.retain() ? keyring : null;
    }

    /** execve(2): only the session keyring stays. */
    public void programReplaced() {
        Held formerThread = thread;
        Held formerProcess = process;
        thread = null;
        process = null;
        threadExpected = false;
        releaseIf(formerThread);
        releaseIf(formerProcess);
    }

    /** The task ends. */
    public void release() {
        programReplaced();
        released = true;
        releaseIf(SESSION.getAndSet(this, null));
    }

    private static void releaseIf(@Nullable Held keyring) {
        if (keyring != null) {
            keyring.release();
        }
    }
}

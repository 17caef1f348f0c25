package dev.moat.platform.trap;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.moat.abi.Errno;
import dev.moat.api.host.HostNotifications;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The thread of a stub process that changes its mappings. It always waits for the next list. Its
 * results come as arguments of a system call: guests cannot forge them. Guarded by the space's
 * lock.
 */
final class Mapper {
    // struct seccomp_notif
    private static final int ID = 0;
    private static final int INSTRUCTION_POINTER = 24;
    private static final int FIRST_ARGUMENT = 32;
    private static final int SECOND_ARGUMENT = 40;

    // struct seccomp_notif_resp
    private static final int ANSWER_ID = 0;
    private static final int ANSWER_VALUE = 8;

    private final HostNotifications host;
    private final int listener;
    private final long handoverAt;
    private final MemorySegment notification;
    private final MemorySegment answer;

    /** A mapper that is about to ask for its first list. */
    Mapper(TrapSession session, int listener) throws StubLostException {
        host = session.notifications();
        this.listener = listener;
        handoverAt = session.image().mapperHandover();
        Arena arena = Arena.ofAuto();
        notification = arena.allocate(HostNotifications.NOTIFICATION_BYTES, 8);
        answer = arena.allocate(HostNotifications.ANSWER_BYTES, 8);
        host.wakeOnSameCpu(listener);
        await();
    }

    int listener() {
        return listener;
    }

    /**
     * Does the first {@code entries} of the control page's list, up to one that fails.
     *
     * @return how many were not done
     */
    int run(int entries) throws StubLostException {
        answer.set(JAVA_LONG, ANSWER_ID, notification.get(JAVA_LONG, ID));
        answer.set(JAVA_LONG, ANSWER_VALUE, entries);
        if (host.answer(listener, answer) < 0) {
            throw new StubLostException("mapper is gone");
        }
        await();
        return (int) notification.get(JAVA_LONG, SECOND_ARGUMENT);
    }

    /** Result of the last call that was made. */
    long result() {
        return notification.get(JAVA_LONG, FIRST_ARGUMENT);
    }

    private void await() throws StubLostException {
        int result;
        do {
            result = host.receive(listener, notification);
            if (result == -Errno.ENOENT.number() && host.isDeserted(listener)) {
                throw new StubLostException("mapper was killed");
            }
        } while (result == -Errno.ENOENT.number() || result == -Errno.EINTR.number());
        if (result < 0 || notification.get(JAVA_LONG, INSTRUCTION_POINTER) != handoverAt) {
            throw new StubLostException("mapper does not hand over: errno " + -result);
        }
    }
}

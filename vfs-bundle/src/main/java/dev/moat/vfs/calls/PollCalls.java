package dev.moat.vfs.calls;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_SHORT_UNALIGNED;

import dev.moat.abi.Errno;
import dev.moat.abi.PollFd;
import dev.moat.abi.Restart;
import dev.moat.abi.Rlimits;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import java.lang.foreign.MemorySegment;

/** {@code poll(2)}, {@code ppoll(2)}. */
public final class PollCalls {
    /** Offset of revents: events must not be written back. */
    private static final long REVENTS = 6;

    @Syscall(nr = 7, name = "poll")
    public long poll(Task task, long userAddr, int count, int timeoutMs) {
        return poll(task, userAddr, count, Timeouts.deadlineOfMillis(task, timeoutMs));
    }

    private static long poll(Task task, long userAddr, int count, long deadlineNs) {
        long result = run(task, userAddr, count, deadlineNs);
        if (result == Errno.EINTR.negated()) {
            task.setRestart(new PollAgain(userAddr, count, deadlineNs));
            return -Restart.ERESTART_RESTARTBLOCK;
        }
        return result;
    }

    /** An interrupted poll that goes on to its deadline. */
    record PollAgain(long userAddr, int count, long deadlineNs) implements Task.RestartBlock {
        @Override
        public long restart(Task task) {
            return poll(task, userAddr, count, deadlineNs);
        }
    }

    @Syscall(nr = 271, name = "ppoll")
    public long ppoll(Task task, long userAddr, int count, long timeout, long mask, long maskSize) {
        long deadlineNs = Timeouts.deadlineOfTimespec(task, timeout);
        Timeouts.setMask(task, mask, maskSize);
        long result = run(task, userAddr, count, deadlineNs);
        Timeouts.writeRemaining(task, timeout, deadlineNs, 1);
        return result == Errno.EINTR.negated() ? -Restart.ERESTARTNOHAND : result;
    }

    private static long run(Task task, long userAddr, int count, long deadlineNs) {
        long limit = task.group().limits().soft(Rlimits.RLIMIT_NOFILE);
        if (count < 0 || count > limit) {
            throw Errno.EINVAL.exception();
        }
        int size = (int) PollFd.SIZE;
        // Even if there is nothing to look at.
        Args.checkRange(userAddr, (long) count * size);
        MemorySegment wanted = MemorySegment.ofArray(task.user().copyIn(userAddr, count * size));
        try (PollSet set = new PollSet(task, count)) {
            for (int i = 0; i < count; i++) {
                set.add(
                        wanted.get(JAVA_INT_UNALIGNED, (long) i * size),
                        wanted.get(JAVA_SHORT_UNALIGNED, (long) i * size + 4) & 0xffff);
            }
            Blocker.Outcome outcome = set.await(deadlineNs);
            if (outcome == Blocker.Outcome.INTERRUPTED && set.readyCount() == 0) {
                return Errno.EINTR.negated();
            }
            MemorySegment answer = MemorySegment.ofArray(new byte[2]);
            for (int i = 0; i < count; i++) {
                answer.set(JAVA_SHORT_UNALIGNED, 0, (short) set.ready(i));
                task.user().copyOut(userAddr + (long) i * size + REVENTS, answer, 0, 2);
            }
            return set.readyCount();
        }
    }
}

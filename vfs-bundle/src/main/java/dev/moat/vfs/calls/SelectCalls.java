package dev.moat.vfs.calls;

import dev.moat.abi.Errno;
import dev.moat.abi.PollFlags;
import dev.moat.abi.Restart;
import dev.moat.abi.Timespec;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;

/** {@code select(2)}, {@code pselect(2)}. */
public final class SelectCalls {
    /** No set reaches beyond this: the default of sysctl fs.nr_open. */
    private static final int MAX = 1 << 20;

    // POLLIN_SET, POLLOUT_SET, POLLEX_SET of fs/select.c.
    private static final int READ =
            PollFlags.POLLRDNORM
                    | PollFlags.POLLRDBAND
                    | PollFlags.POLLIN
                    | PollFlags.POLLHUP
                    | PollFlags.POLLERR;
    private static final int WRITE =
            PollFlags.POLLWRBAND | PollFlags.POLLWRNORM | PollFlags.POLLOUT | PollFlags.POLLERR;
    private static final int EXCEPT = PollFlags.POLLPRI;

    @Syscall(nr = 23, name = "select")
    public long select(Task task, int count, long reads, long writes, long excepts, long timeout) {
        long deadlineNs = Blocker.FOREVER;
        if (timeout != 0) {
            long seconds = task.user().readLong(timeout);
            long micros = task.user().readLong(timeout + 8);
            if (seconds < 0 || micros < 0) {
                throw Errno.EINVAL.exception();
            }
            Timespec time = new Timespec(seconds + micros / 1_000_000, micros % 1_000_000 * 1000);
            deadlineNs = Timeouts.deadlineIn(task, time.toNanos());
        }
        long result = run(task, count, reads, writes, excepts, deadlineNs);
        Timeouts.writeRemaining(task, timeout, deadlineNs, 1000);
        return result;
    }

    @Syscall(nr = 270, name = "pselect6")
    public long pselect6(
            Task task, int count, long reads, long writes, long excepts, long timeout, long mask) {
        long deadlineNs = Timeouts.deadlineOfTimespec(task, timeout);
        if (mask != 0) {
            long set = task.user().readLong(mask);
            Timeouts.setMask(task, set, task.user().readLong(mask + 8));
        }
        long result = run(task, count, reads, writes, excepts, deadlineNs);
        Timeouts.writeRemaining(task, timeout, deadlineNs, 1);
        return result;
    }

    private static long run(
            Task task, int count, long reads, long writes, long excepts, long deadlineNs) {
        if (count < 0) {
            throw Errno.EINVAL.exception();
        }
        int bits = Math.min(count, MAX);
        long[] in = read(task, reads, bits);
        long[] out = read(task, writes, bits);
        long[] ex = read(task, excepts, bits);
        int[] fds = new int[bits];
        int used = 0;
        for (int fd = 0; fd < bits; fd++) {
            if (has(in, fd) || has(out, fd) || has(ex, fd)) {
                fds[used++] = fd;
            }
        }
        try (PollSet set = new PollSet(task, used)) {
            for (int i = 0; i < used; i++) {
                int fd = fds[i];
                int index =
                        set.addExactly(
                                fd,
                                (has(in, fd) ? READ : 0)
                                        | (has(out, fd) ? WRITE : 0)
                                        | (has(ex, fd) ? EXCEPT : 0));
                if (set.isBad(index)) {
                    return Errno.EBADF.negated();
                }
            }
            Answer answer = new Answer(in, out, ex, fds, used, set);
            Blocker.Outcome outcome = set.await(deadlineNs);
            answer.fill();
            if (outcome == Blocker.Outcome.INTERRUPTED && answer.total == 0) {
                return -Restart.ERESTARTNOHAND;
            }
            write(task, reads, answer.in);
            write(task, writes, answer.out);
            write(task, excepts, answer.ex);
            return answer.total;
        }
    }

    private static boolean has(long[] set, int fd) {
        return fd >> 6 < set.length && (set[fd >> 6] >>> fd & 1) != 0;
    }

    private static long[] read(Task task, long userAddr, int bits) {
        if (userAddr == 0) {
            return new long[0];
        }
        long[] words = new long[(bits + 63) / 64];
        for (int i = 0; i < words.length; i++) {
            words[i] = task.user().readLong(userAddr + i * 8L);
        }
        return words;
    }

    private static void write(Task task, long userAddr, long[] words) {
        for (int i = 0; i < words.length; i++) {
            task.user().writeLong(userAddr + i * 8L, words[i]);
        }
    }

    /** The three sets of what is ready. */
    private static final class Answer {
        private final long[] wantIn;
        private final long[] wantOut;
        private final long[] wantEx;
        private final int[] fds;
        private final int used;
        private final PollSet set;
        private final long[] in;
        private final long[] out;
        private final long[] ex;
        private int total;

        Answer(long[] in, long[] out, long[] ex, int[] fds, int used, PollSet set) {
            this.wantIn = in;
            this.wantOut = out;
            this.wantEx = ex;
            this.fds = fds;
            this.used = used;
            this.set = set;
            this.in = new long[in.length];
            this.out = new long[out.length];
            this.ex = new long[ex.length];
        }

        private void fill() {
            total = 0;
            for (int i = 0; i < used; i++) {
                int fd = fds[i];
                int ready = set.ready(i);
                mark(wantIn, in, fd, ready & READ);
                mark(wantOut, out, fd, ready & WRITE);
                mark(wantEx, ex, fd, ready & EXCEPT);
            }
        }

        private void mark(long[] wanted, long[] result, int fd, int ready) {
            if (ready != 0 && has(wanted, fd)) {
                result[fd >> 6] |= 1L << fd;
                total++;
            }
        }
    }
}

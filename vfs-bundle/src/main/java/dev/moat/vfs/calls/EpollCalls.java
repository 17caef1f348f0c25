package dev.moat.vfs.calls;

import dev.moat.abi.Capabilities;
import dev.moat.abi.EpollEvent;
import dev.moat.abi.Errno;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.PollFlags;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitSuspended;
import dev.moat.api.vfs.FileDescription;
import dev.moat.vfs.SandboxVfs;
import dev.moat.vfs.epoll.Deputy;
import dev.moat.vfs.epoll.EpollFile;
import java.lang.foreign.MemorySegment;
import java.util.function.BooleanSupplier;

/** {@code epoll_create(2)}, {@code epoll_ctl(2)}, {@code epoll_wait(2)}. */
public final class EpollCalls {
    /** EP_MAX_EVENTS, fs/eventpoll.c. */
    private static final int MAX_EVENTS = Integer.MAX_VALUE / (int) EpollEvent.SIZE;

    @Syscall(nr = 213, name = "epoll_create")
    public long epollCreate(Task task, int size) {
        if (size <= 0) {
            throw Errno.EINVAL.exception();
        }
        return epollCreate1(task, 0);
    }

    @Syscall(nr = 291, name = "epoll_create1")
    public long epollCreate1(Task task, int flags) {
        Args.checkFlags(flags, PollFlags.EPOLL_CLOEXEC);
        EpollFile file =
                new EpollFile(SandboxVfs.of(task).newAnonymousInode(task), OpenFlags.O_RDWR);
        return task.files().install(task, file, (flags & PollFlags.EPOLL_CLOEXEC) != 0);
    }

    @Syscall(nr = 233, name = "epoll_ctl")
    public long epollCtl(Task task, int epollFd, int operation, int fd, long event) {
        int events = 0;
        long data = 0;
        if (operation != PollFlags.EPOLL_CTL_DEL) {
            events = task.user().readInt(event);
            data = task.user().readLong(event + 4);
        }
        FileDescription file = Args.file(task, epollFd);
        try {
            FileDescription target = Args.file(task, fd);
            try {
                if (target.waitQueue(task) == null) {
                    throw Errno.EPERM.exception();
                }
                if (target == file || !(file instanceof EpollFile epoll)) {
                    throw Errno.EINVAL.exception();
                }
                control(task, epoll, operation, fd, target, clean(task, events), data);
                return 0;
            } finally {
                target.release();
            }
        } finally {
            file.release();
        }
    }

    private static int clean(Task task, int events) {
        return task.credentials().can(Capabilities.CAP_BLOCK_SUSPEND)
                ? events
                : events & ~PollFlags.EPOLLWAKEUP;
    }

    private static void control(
            Task task,
            EpollFile epoll,
            int operation,
            int fd,
            FileDescription target,
            int events,
            long data) {
        boolean exclusive = (events & PollFlags.EPOLLEXCLUSIVE) != 0;
        switch (operation) {
            case PollFlags.EPOLL_CTL_ADD -> {
                if (exclusive) {
                    checkExclusive(target, events);
                }
                target.setObserver(SandboxVfs.of(task));
                epoll.add(task, fd, target, events, data);
            }
            case PollFlags.EPOLL_CTL_MOD -> {
                if (exclusive) {
                    throw Errno.EINVAL.exception();
                }
                epoll.change(fd, target, events, data);
            }
            case PollFlags.EPOLL_CTL_DEL -> epoll.remove(fd, target);
            default -> throw Errno.EINVAL.exception();
        }
    }

    private static void checkExclusive(FileDescription target, int events) {
        int allowed =
                PollFlags.EPOLLIN
                        | PollFlags.EPOLLOUT
                        | PollFlags.EPOLLERR
                        | PollFlags.EPOLLHUP
                        | PollFlags.EPOLLWAKEUP
                        | PollFlags.EPOLLET
                        | PollFlags.EPOLLEXCLUSIVE;
        if ((events & ~allowed) != 0 || target instanceof EpollFile) {
            throw Errno.EINVAL.exception();
        }
    }

    @Syscall(nr = 232, name = "epoll_wait")
    public long epollWait(Task task, int epollFd, long events, int limit, int timeoutMs) {
        return await(task, epollFd, events, limit, timeoutMs, 0, 0);
    }

    @Syscall(nr = 281, name = "epoll_pwait")
    public long epollPwait(
            Task task,
            int epollFd,
            long events,
            int limit,
            int timeoutMs,
            long mask,
            long maskSize) {
        // The sixth argument is the size of the mask.
        return await(task, epollFd, events, limit, timeoutMs, mask, maskSize);
    }

    private static long await(
            Task task,
            int epollFd,
            long events,
            int limit,
            int timeoutMs,
            long mask,
            long maskSize) {
        long deadlineNs = Timeouts.deadlineOfMillis(task, timeoutMs);
        Timeouts.setMask(task, mask, maskSize);
        return run(task, epollFd, events, limit, deadlineNs);
    }

    @Syscall(nr = 441, name = "epoll_pwait2")
    public long epollPwait2(
            Task task,
            int epollFd,
            long events,
            int limit,
            long timeout,
            long mask,
            long maskSize) {
        long deadlineNs = Timeouts.deadlineOfTimespec(task, timeout);
        Timeouts.setMask(task, mask, maskSize);
        return run(task, epollFd, events, limit, deadlineNs);
    }

    private static long run(Task task, int epollFd, long events, int limit, long deadlineNs) {
        FileDescription file = Args.file(task, epollFd);
        try {
            if (limit <= 0 || limit > MAX_EVENTS) {
                throw Errno.EINVAL.exception();
            }
            Args.checkRange(events, limit * EpollEvent.SIZE);
            if (!(file instanceof EpollFile epoll)) {
                throw Errno.EINVAL.exception();
            }
            Collector collector = new Collector(epoll, limit);
            if (await(task, epoll, collector, deadlineNs) == Blocker.Outcome.INTERRUPTED
                    && collector.count == 0) {
                return Errno.EINTR.negated();
            }
            task.user().copyOut(events, collector.bytes, 0, collector.count * EpollEvent.SIZE);
            return collector.count;
        } catch (WaitSuspended e) {
            task.resumption().pin(epollFd, file);
            throw e;
        } finally {
            file.release();
        }
    }

    private static Blocker.Outcome await(
            Task task, EpollFile epoll, Collector collector, long deadlineNs) {
        // It stays until the task stands in the queue itself.
        Deputy deputy = task.resumption().take(Deputy.class);
        try {
            if (collector.getAsBoolean()) {
                return Blocker.Outcome.READY;
            }
            if (isOver(task, deadlineNs)) {
                return Blocker.Outcome.TIMED_OUT;
            }
            return task.blocker().block(epoll.waitQueue(), collector, deadlineNs);
        } catch (WaitSuspended e) {
            task.resumption().keep(Deputy.in(epoll));
            throw e;
        } finally {
            if (deputy != null) {
                deputy.abandoned();
            }
        }
    }

    private static boolean isOver(Task task, long deadlineNs) {
        return deadlineNs != Blocker.FOREVER && deadlineNs <= task.sandbox().clock().monotonicNs();
    }

    /** Takes events as the guest gets them; once it has some it takes no more. */
    private static final class Collector implements BooleanSupplier, EpollFile.EventSink {
        private final EpollFile epoll;
        private final int limit;
        private MemorySegment bytes = MemorySegment.ofArray(new byte[16 * (int) EpollEvent.SIZE]);
        private int count;

        Collector(EpollFile epoll, int limit) {
            this.epoll = epoll;
            this.limit = limit;
        }

        @Override
        public boolean getAsBoolean() {
            if (count == 0) {
                epoll.collect(limit, this);
            }
            return count > 0;
        }

        @Override
        public void event(int events, long data) {
            long at = count * EpollEvent.SIZE;
            if (at == bytes.byteSize()) {
                MemorySegment bigger = MemorySegment.ofArray(new byte[(int) bytes.byteSize() * 2]);
                bigger.copyFrom(bytes);
                bytes = bigger;
            }
            new EpollEvent(events, data).writeTo(bytes, at);
            count++;
        }
    }
}

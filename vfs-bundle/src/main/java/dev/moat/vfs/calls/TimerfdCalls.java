package dev.moat.vfs.calls;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Clocks;
import dev.moat.abi.Errno;
import dev.moat.abi.EventFlags;
import dev.moat.abi.Itimerspec;
import dev.moat.abi.OpenFlags;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import dev.moat.vfs.SandboxVfs;
import dev.moat.vfs.event.TimerFile;

/** {@code timerfd_create(2)}, {@code timerfd_settime(2)}, {@code timerfd_gettime(2)}. */
public final class TimerfdCalls {
    @Syscall(nr = 283, name = "timerfd_create")
    public long timerfdCreate(Task task, int clockId, int flags) {
        Args.checkFlags(flags, EventFlags.TFD_CLOEXEC | EventFlags.TFD_NONBLOCK);
        switch (clockId) {
            case Clocks.CLOCK_REALTIME, Clocks.CLOCK_MONOTONIC, Clocks.CLOCK_BOOTTIME -> {
                // For everybody.
            }
            case Clocks.CLOCK_REALTIME_ALARM, Clocks.CLOCK_BOOTTIME_ALARM -> {
                if (!task.credentials().can(Capabilities.CAP_WAKE_ALARM)) {
                    throw Errno.EPERM.exception();
                }
            }
            default -> throw Errno.EINVAL.exception();
        }
        TimerFile file =
                new TimerFile(
                        task.sandbox(),
                        SandboxVfs.of(task).newAnonymousInode(task),
                        clockId,
                        OpenFlags.O_RDWR | flags & EventFlags.TFD_NONBLOCK);
        return task.files().install(task, file, (flags & EventFlags.TFD_CLOEXEC) != 0);
    }

    @Syscall(nr = 286, name = "timerfd_settime")
    public long timerfdSettime(Task task, int fd, int flags, long value, long oldValue) {
        Itimerspec wanted =
                new Itimerspec(Args.timespec(task, value), Args.timespec(task, value + 16));
        Args.checkFlags(flags, EventFlags.TFD_TIMER_ABSTIME | EventFlags.TFD_TIMER_CANCEL_ON_SET);
        if (!wanted.interval().isValid() || !wanted.value().isValid()) {
            throw Errno.EINVAL.exception();
        }
        FileDescription file = Args.file(task, fd);
        try {
            Itimerspec before = timer(file).set(wanted, flags, task.namespaces().time());
            if (oldValue != 0) {
                give(task, oldValue, before);
            }
            return 0;
        } finally {
            file.release();
        }
    }

    @Syscall(nr = 287, name = "timerfd_gettime")
    public long timerfdGettime(Task task, int fd, long value) {
        FileDescription file = Args.file(task, fd);
        try {
            give(task, value, timer(file).get());
            return 0;
        } finally {
            file.release();
        }
    }

    private static TimerFile timer(FileDescription file) {
        if (file instanceof TimerFile timer) {
            return timer;
        }
        throw Errno.EINVAL.exception();
    }

    private static void give(Task task, long userAddr, Itimerspec spec) {
        Args.writeTimespec(task, userAddr, spec.interval());
        Args.writeTimespec(task, userAddr + 16, spec.value());
    }
}

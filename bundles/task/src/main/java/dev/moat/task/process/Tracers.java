package dev.moat.task.process;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.PtraceConstants;
import dev.moat.abi.Seccomp;
import dev.moat.abi.SigInfo;
import dev.moat.abi.Signals;
import dev.moat.api.landlock.LandlockDomain;
import dev.moat.task.signal.QueuedSignal;
import java.util.ArrayList;
import java.util.List;

/** What a tracer does with the life of its tracees, on its own thread. Source: kernel/ptrace.c. */
public final class Tracers {
    private final GuestTask tracer;
    private final SignalSender sender;

    public Tracers(GuestTask tracer) {
        this.tracer = tracer;
        this.sender = tracer.services().sender();
    }

    /** PTRACE_TRACEME: the parent traces this task; EPERM. */
    public void traceMe() {
        GuestGroup group = tracer.group();
        sender.lock.lock();
        try {
            GuestTask parent = group.parentThread;
            if (tracer.tracing().isTraced() || parent == null || group.parent == null) {
                throw Errno.EPERM.exception();
            }
            if (!LandlockDomain.mayTrace(
                    parent.credentials().domain(), tracer.credentials().domain())) {
                throw Errno.EPERM.exception();
            }
            tracer.tracing().linkLocked(parent, false, 0);
        } finally {
            sender.lock.unlock();
        }
    }

    /**
     * PTRACE_ATTACH, PTRACE_SEIZE; EPERM. A target that is stopped already stops for its tracer
     * before this returns, so that requests work at once: JOBCTL_TRAPPING.
     */
    public void attach(GuestTask target, boolean seize, int options) {
        if (!TracePermission.mayAttach(tracer, target)) {
            throw Errno.EPERM.exception();
        }
        boolean stopped;
        Tracing tracing = target.tracing();
        sender.lock.lock();
        try {
            if (tracing.isTraced()
                    || tracing.ended() != null
                    || target.group().signals.exit != null) {
                throw Errno.EPERM.exception();
            }
            tracing.linkLocked(tracer, seize, options);
            stopped = target.signals().isStopped();
            if (stopped) {
                tracing.trapLocked();
            }
        } finally {
            sender.lock.unlock();
        }
        if (!seize) {
            target.signals().send(SigInfo.kernel(Signals.SIGSTOP));
        }
        // What it was answered without a call is a call from now on.
        target.revisit();
        if (stopped) {
            tracer.blocker()
                    .blockInPlace(
                            tracer.group().childEvents(),
                            () -> tracing.isStopped() || tracing.tracer() != tracer);
        }
    }

    /** A tracee of this task that stops; ESRCH. */
    public GuestTask stopped(int tid) {
        GuestTask target = tracee(tid);
        if (!target.tracing().isStopped() || target.tracing().isListening()) {
            throw Errno.ESRCH.exception();
        }
        return target;
    }

    /** A tracee of this task; ESRCH. */
    public GuestTask tracee(int tid) {
        GuestTask target = tracer.services().tree().find(tracer, tid);
        if (target == null || target.tracing().tracer() != tracer) {
            throw Errno.ESRCH.exception();
        }
        return target;
    }

    /** Lets a stopped tracee go on; EIO for what is no signal. */
    public void resume(GuestTask target, Tracing.Run run, boolean step, long signal) {
        checkSignal(signal);
        sender.lock.lock();
        try {
            checkStopped(target);
            target.tracing().resumeLocked(run, step, (int) signal);
        } finally {
            sender.lock.unlock();
        }
    }

    /** PTRACE_DETACH. */
    public void detach(GuestTask target, long signal) {
        checkSignal(signal);
        sender.lock.lock();
        try {
            checkStopped(target);
            target.tracing().unlinkLocked((int) signal);
        } finally {
            sender.lock.unlock();
        }
    }

    /** PTRACE_INTERRUPT: EIO unless seized. */
    public void interrupt(GuestTask target) {
        sender.lock.lock();
        try {
            if (!target.tracing().isSeized()) {
                throw Errno.EIO.exception();
            }
            target.tracing().trapLocked();
        } finally {
            sender.lock.unlock();
        }
    }

    /** PTRACE_LISTEN: EIO unless it is seized and in a stop of its process. */
    public void listen(GuestTask target) {
        sender.lock.lock();
        try {
            checkStopped(target);
            TraceStop stop = target.tracing().stop();
            boolean group = stop != null && stop.kind() == TraceStop.Kind.GROUP;
            if (!target.tracing().isSeized() || !group) {
                throw Errno.EIO.exception();
            }
            target.tracing().listenLocked();
        } finally {
            sender.lock.unlock();
        }
    }

    /** PTRACE_SETOPTIONS, and those of PTRACE_SEIZE; EINVAL, EPERM. */
    public int checkOptions(long options) {
        if ((options & ~(long) PtraceConstants.PTRACE_O_MASK) != 0) {
            throw Errno.EINVAL.exception();
        }
        if ((options & PtraceConstants.PTRACE_O_SUSPEND_SECCOMP) != 0
                && (!tracer.credentials().can(Capabilities.CAP_SYS_ADMIN)
                        || tracer.filters().mode() != Seccomp.SECCOMP_MODE_DISABLED
                        || tracer.tracing().has(PtraceConstants.PTRACE_O_SUSPEND_SECCOMP))) {
            throw Errno.EPERM.exception();
        }
        return (int) options;
    }

    public void setOptions(GuestTask target, long options) {
        int checked = checkOptions(options);
        sender.lock.lock();
        try {
            checkStopped(target);
            target.tracing().setOptionsLocked(checked);
        } finally {
            sender.lock.unlock();
        }
    }

    /** PTRACE_GETSIGINFO; EINVAL in a stop of the process. */
    public SigInfo info(GuestTask target) {
        TraceStop stop = target.tracing().stop();
        SigInfo info = stop == null ? null : stop.info();
        if (info == null) {
            throw Errno.EINVAL.exception();
        }
        return info;
    }

    /** PTRACE_SETSIGINFO. */
    public void setInfo(GuestTask target, SigInfo info) {
        info(target);
        sender.lock.lock();
        try {
            checkStopped(target);
            target.tracing().setInfoLocked(info);
        } finally {
            sender.lock.unlock();
        }
    }

    /** PTRACE_PEEKSIGINFO: signals that wait, in order. */
    public List<SigInfo> pending(GuestTask target, boolean shared) {
        sender.lock.lock();
        try {
            List<SigInfo> infos = new ArrayList<>();
            for (QueuedSignal entry :
                    (shared ? target.group().signals.shared : target.signals().own()).entries()) {
                infos.add(entry.info());
            }
            return infos;
        } finally {
            sender.lock.unlock();
        }
    }

    /** PTRACE_SETSIGMASK. */
    public void setMask(GuestTask target, long mask) {
        target.signals().setBlocked(mask);
    }

    private void checkStopped(GuestTask target) {
        if (target.tracing().tracer() != tracer || !target.tracing().isStopped()) {
            throw Errno.ESRCH.exception();
        }
    }

    private static void checkSignal(long signal) {
        if (signal < 0 || signal > Signals._NSIG) {
            throw Errno.EIO.exception();
        }
    }
}

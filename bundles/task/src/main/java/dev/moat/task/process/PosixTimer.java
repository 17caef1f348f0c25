package dev.moat.task.process;

import dev.moat.abi.KernelSigevent;
import dev.moat.abi.SigInfo;
import dev.moat.abi.SignalCodes;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.TimerFacts;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** A timer of timer_create(2). */
@Stateful
public final class PosixTimer implements IntervalTimer.Expiry {
    /** DELAYTIMER_MAX: overruns are told no higher. */
    private static final long OVERRUN_LIMIT = Integer.MAX_VALUE;

    private final int id;

    /** As its maker named it; null: an earlier revision made it. */
    private final @Nullable Integer clockId;

    private final GuestGroup group;
    private final KernelSigevent event;
    private final @Nullable GuestTask target;
    private final IntervalTimer timer;

    /** Expiries since the signal was queued that got no signal of their own. */
    private final AtomicLong missed = new AtomicLong();

    /** Overruns of the signal that was delivered last; volatile: read by timer_getoverrun. */
    private volatile int lastOverrun;

    PosixTimer(
            TaskServices services,
            GuestGroup group,
            int id,
            int clockId,
            ClockSource source,
            KernelSigevent event,
            @Nullable GuestTask target) {
        this.id = id;
        this.clockId = clockId;
        this.group = group;
        this.event = event;
        this.target = target;
        this.timer = new IntervalTimer(services.timers(), services.clock(), source, this);
    }

    public int id() {
        return id;
    }

    TimerFacts facts() {
        GuestTask told = target;
        return new TimerFacts(
                id,
                event.signal(),
                event.value(),
                event.notification(),
                told == null ? group.tgid() : told.tid(),
                ClockSource.shownId(clockId == null ? source().ownId() : clockId));
    }

    IntervalTimer timer() {
        return timer;
    }

    /** Overruns of the last delivery: timer_getoverrun(2). */
    public int overrun() {
        return lastOverrun;
    }

    public ClockSource source() {
        return timer.source();
    }

    @Override
    public void expired(long count) {
        if (event.notification() == SignalCodes.SIGEV_NONE) {
            return;
        }
        SigInfo info = SigInfo.timer(event.signal(), id, 0, event.value());
        boolean queued = groupSender().timerExpired(group, target, info, id);
        missed.addAndGet(queued ? count - 1 : count);
    }

    /** The signal is taken: it tells how many expiries had none. */
    SigInfo delivered() {
        lastOverrun = (int) Math.min(missed.getAndSet(0), OVERRUN_LIMIT);
        return SigInfo.timer(event.signal(), id, lastOverrun, event.value());
    }

    /** A new setting forgets old overruns. */
    void resetOverrun() {
        missed.set(0);
        lastOverrun = 0;
    }

    private SignalSender groupSender() {
        return group.leader().services().sender();
    }
}

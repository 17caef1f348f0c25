package dev.moat.task.calls;

import dev.moat.api.host.HostSystem;
import java.lang.invoke.MethodHandles;
import java.util.List;

/** All handlers of this bundle. */
public final class TaskCalls {
    private final List<Object> handlers;

    public TaskCalls(HostSystem host) {
        this.handlers =
                List.of(
                        new CloneCalls(),
                        new ExecveCalls(),
                        new ExitCalls(),
                        new WaitCalls(),
                        new SigactionCalls(),
                        new SignalMaskCalls(),
                        new SignalWaitCalls(),
                        new KillCalls(),
                        new FutexCalls(),
                        new Futex2Calls(),
                        new IdentityCalls(),
                        new ProcessGroupCalls(),
                        new SetuidCalls(),
                        new SetgidCalls(),
                        new CapabilityCalls(),
                        new PrctlCalls(),
                        new ArchPrctlCalls(),
                        new ClockCalls(),
                        new SleepCalls(),
                        new IntervalTimerCalls(),
                        new PosixTimerCalls(),
                        new UsageCalls(),
                        new LimitCalls(),
                        new SchedulingCalls(),
                        new SchedAttrCalls(),
                        new AffinityCalls(),
                        new PriorityCalls(),
                        new PidfdCalls(),
                        new MembarrierCalls(),
                        new ComparisonCalls(),
                        new SystemCalls(host),
                        new SyslogCalls(),
                        new AcctCalls(),
                        new VhangupCalls(),
                        new SetnsCalls(),
                        new SeccompCalls(),
                        new PtraceCalls(),
                        new RefusedCalls());
    }

    public List<Object> handlers() {
        return handlers;
    }

    /** Lookup with access to the handlers' methods. */
    public MethodHandles.Lookup lookup() {
        return MethodHandles.lookup();
    }
}

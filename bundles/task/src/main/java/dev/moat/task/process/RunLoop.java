package dev.moat.task.process;

import dev.moat.abi.Errno;
import dev.moat.abi.Restart;
import dev.moat.abi.UserRegs;
import dev.moat.api.cgroup.PayingThread;
import dev.moat.api.platform.ContextState;
import dev.moat.api.platform.ExecutionContext;
import dev.moat.api.platform.Exit;
import dev.moat.api.platform.PlatformSession;
import dev.moat.api.platform.RunMode;
import dev.moat.api.swap.Derived;
import dev.moat.api.swap.HostBound;
import dev.moat.api.swap.Reopenable;
import dev.moat.api.swap.Restorable;
import dev.moat.api.swap.Restoration;
import dev.moat.api.swap.SafePoint;
import dev.moat.api.swap.Stateful;
import dev.moat.api.swap.TaskThread;
import dev.moat.api.syscall.SyscallDispatcher;
import dev.moat.api.task.Task.CpuTime;
import dev.moat.api.task.Task.TaskState;
import dev.moat.api.task.WaitSuspended;
import org.jspecify.annotations.Nullable;

/**
 * The life of one task on its own platform thread: runs guest code and serves what it asks for,
 * until the end. Comes back from {@link #run} when the safe point asks for it; all that it is in
 * the middle of is then in its fields.
 */
@Stateful(version = 3, upgrade = RunLoopUpgrade.class)
final class RunLoop implements TaskThread.Body, Reopenable, Restorable {
    private static final int ARGUMENTS = 6;

    private final TaskServices services;
    private final GuestTask task;
    private final Launch launch;
    private final Faults faults;
    private final GuestAnswers answers;
    private WatchedCall watched;

    @Derived("a wait for memory is over with the safe point")
    private Holding holding;

    private TraceStops stops;

    /** Volatile: set when the thread starts, used by others to interrupt and to read CPU time. */
    @HostBound("from what was saved")
    private volatile @Nullable ExecutionContext context;

    /**
     * Between entering and leaving guest code. Volatile: with attention it forms the hand-shake of
     * kick().
     */
    private volatile boolean inGuest;

    /**
     * How often guest code was entered: tells that a thread has been in the kernel. Written by the
     * own thread.
     */
    private volatile long entries;

    private final CpuClock clock = new CpuClock();

    @HostBound("none at a safe point")
    private @Nullable ExecutionContext successor;

    /** The call under way has set all registers. Own thread, as all below. */
    private boolean keepRegisters;

    private final InterruptedCall interrupted = new InterruptedCall();

    private RunState state = RunState.LAUNCHING;

    /** Number of the call that was suspended. */
    private int suspendedNumber;

    /** Its arguments: guest registers may not be looked at after a move to another platform. */
    private long[] suspendedArguments = {};

    /** What a checkpoint knows of the context. Own thread only. */
    private @Nullable SavedContext saved;

    RunLoop(TaskServices services, GuestTask task, Launch launch) {
        this.services = services;
        this.task = task;
        this.launch = launch;
        this.faults = new Faults(services, task);
        this.answers = new GuestAnswers(task);
        this.watched = new WatchedCall(services, task, this);
        this.holding = new Holding(services, task);
        this.stops = new TraceStops(task, this);
    }

    /** Starts the thread; EAGAIN if the host has no more. */
    void start() {
        TaskThread thread = services.threads().take();
        task.blocker().bind(thread);
        if (thread.hostTid() != 0) {
            services.platform().get().bringHere(thread.hostTid());
        }
        thread.start("moat-" + services.sandbox().name() + "-" + task.tid(), this);
    }

    @Override
    public void checkpointing() {
        ExecutionContext current = context;
        if (current != null && task.blocker().isCurrent()) {
            saved = SavedContext.of(current, cpuTime());
        }
    }

    /** On the own thread, whose registers they are; it makes the context again, too. */
    @Override
    public void reopen(Restoration restoration) {}

    @Override
    public void restored() {
        holding = new Holding(services, task);
        watched = watched == null ? new WatchedCall(services, task, this) : watched;
        stops = stops == null ? new TraceStops(task, this) : stops;
    }

    private void revive(SavedContext from) {
        takeThread();
        clock.goOnFrom(from.time());
        setContext(task.tracing().newContext(services.platform().get(), from.state()));
        saved = null;
    }

    @Override
    public TaskThread.Next run() {
        SavedContext from = saved;
        if (from != null && context == null) {
            revive(from);
        }
        holding.begin();
        while (state != RunState.DEAD) {
            if (state.mayPark() && safePointAsks()) {
                return TaskThread.Next.PARK;
            }
            try {
                state = step(state);
            } catch (Throwable bug) {
                if (state.mayPark() && TaskFailure.isUndone(services, bug)) {
                    // A new revision was at fault and is taken back: on from the safe point.
                    continue;
                }
                TaskFailure.end(services, task, bug);
                task.resumption().clear();
                // A failure on the way out must not keep the task: TaskExit does each part once.
                state = state == RunState.EXITING ? RunState.DEAD : RunState.EXITING;
            }
        }
        TaskExit.threadEnded(services, task);
        PayingThread.serve(null);
        PayingThread.pay(null);
        return TaskThread.Next.END;
    }

    @Override
    public void kick() {
        task.signals().askToSafePoint();
    }

    @Override
    public String toString() {
        return task.toString();
    }

    /** Whether to park; forgets requests that are over. */
    private boolean safePointAsks() {
        SafePoint safePoint = services.sandbox().safePoint();
        if (!safePoint.isRequested()) {
            // In this order: a request that comes in between is seen by one of the two.
            task.signals().leftSafePoint();
        }
        return safePoint.isRequested();
    }

    ExecutionContext context() {
        ExecutionContext current = context;
        if (current == null) {
            throw new IllegalStateException(task + " has no context");
        }
        return current;
    }

    @Nullable ExecutionContext contextOrNull() {
        return context;
    }

    void setContext(@Nullable ExecutionContext newContext) {
        context = newContext;
        task.scheduling().tell(newContext);
    }

    /**
     * A fresh context in place of the old one, which is bound to an address space that goes away.
     */
    void replaceContext() {
        ExecutionContext old = context();
        context = null;
        clock.contextReplaced(old);
        old.close();
        setContext(services.platform().get().newContext());
    }

    /**
     * Makes a context on another platform with the same registers. This and the next two: at the
     * safe point, on the task's own thread.
     */
    void prepareMove(PlatformSession target) {
        ExecutionContext current = context;
        if (current != null) {
            ContextState state = ContextState.of(current);
            // Its call was made on the former platform: the host must not think of one.
            state.registers()[UserRegs.ORIG_RAX] = -1;
            successor = task.tracing().newContext(target, state);
        }
    }

    void commitMove() {
        ExecutionContext former = context;
        ExecutionContext prepared = successor;
        if (former != null && prepared != null) {
            successor = null;
            clock.contextReplaced(former);
            setContext(prepared);
            former.close();
        }
    }

    /** Stays in the old context. */
    void cancelMove() {
        ExecutionContext prepared = successor;
        successor = null;
        if (prepared != null) {
            prepared.close();
        }
    }

    void keepRegisters() {
        keepRegisters = true;
    }

    /** Makes a thread that is in guest code, or about to enter it, come back. Any thread. */
    void interruptGuest() {
        ExecutionContext current = context;
        if (inGuest && current != null) {
            current.interrupt();
        }
    }

    long entries() {
        return entries;
    }

    /** Whether the thread has been in the kernel since {@link #entries} gave {@code since}. */
    boolean wasInKernelSince(long since) {
        return !inGuest || entries != since;
    }

    CpuTime cpuTime() {
        return clock.now(services.hostProcesses(), context);
    }

    void freezeCpuTime() {
        clock.freeze(services.hostProcesses(), context);
    }

    private RunState step(RunState state) {
        return switch (state) {
            case LAUNCHING -> launch();
            case APP -> application();
            case CALL -> watched.advance();
            case ATTENTION -> attend();
            case STOPPED -> stop();
            case TRACED -> stops.await();
            case SUSPENDED -> task.signals().isKilled() ? RunState.ATTENTION : resume();
            case EXITING -> {
                if (stops.reportExit()) {
                    yield RunState.TRACED;
                }
                watched.abandon();
                TaskExit.run(services, task, this);
                yield RunState.DEAD;
            }
            case DEAD -> RunState.DEAD;
        };
    }

    private void takeThread() {
        task.blocker().tellHostTid(clock.takeThread(services.hostProcesses()));
    }

    private RunState launch() {
        takeThread();
        return new TaskLauncher(services, task, this).launch(launch);
    }

    /** Runs guest code until something wants more than a call or fault that could be served. */
    private RunState application() {
        TaskSignals signals = task.signals();
        SyscallDispatcher dispatcher = services.sandbox().syscalls();
        while (true) {
            // One writer: no atomic needed.
            entries = entries + 1;
            inGuest = true;
            if (signals.isWanted() || PayingThread.isDetained()) {
                inGuest = false;
                return RunState.ATTENTION;
            }
            // Fetched each time: execve replaces it.
            ExecutionContext guest = context();
            boolean answering = guest.takesAnswers();
            if (answering) {
                answers.offer(guest, dispatcher);
            }
            RunMode mode = task.tracing().isStepping() ? RunMode.SINGLE_STEP : RunMode.CONTINUE;
            Exit exit = guest.run(task.memory().addressSpace(), mode);
            inGuest = false;
            if (answering) {
                answers.count(guest, dispatcher);
            }
            switch (exit) {
                case Exit.SyscallEntry call -> {
                    long hot = guest.hotCall();
                    if (hot != 0 && !task.tracing().isTraced()) {
                        task.memory().patchCall(hot);
                    }
                    RunState next = invoke(dispatcher, guest, call);
                    if (next != RunState.APP) {
                        return next;
                    }
                }
                case Exit.Fault fault -> faults.serve(guest, fault);
                case Exit.GuestSignal signal -> faults.signal(guest, signal);
                case Exit.Interrupted _ -> {
                    task.tracing().registers().forgetCall();
                    return RunState.ATTENTION;
                }
                case Exit.Lost lost -> {
                    TaskFailure.lost(services, task, lost.reason());
                    return RunState.EXITING;
                }
            }
        }
    }

    /** Serves a system call; gives where to go on. */
    private RunState invoke(
            SyscallDispatcher dispatcher, ExecutionContext guest, Exit.SyscallEntry call) {
        int number = call.number();
        task.setCurrentSyscall(number);
        keepRegisters = false;
        if (task.isWatched()) {
            return watched.begin(call);
        }
        long result;
        try {
            result =
                    dispatcher.dispatch(
                            task,
                            number,
                            call.argument(0),
                            call.argument(1),
                            call.argument(2),
                            call.argument(3),
                            call.argument(4),
                            call.argument(5));
        } catch (WaitSuspended e) {
            suspendedNumber = number;
            suspendedArguments = new long[ARGUMENTS];
            for (int i = 0; i < ARGUMENTS; i++) {
                suspendedArguments[i] = call.argument(i);
            }
            return RunState.SUSPENDED;
        }
        return finish(number, result);
    }

    /**
     * Makes the call again that the safe point interrupted. A signal that came meanwhile ends it.
     */
    private RunState resume() {
        if (watched.isUnderWay()) {
            return watched.advance();
        }
        long result;
        try {
            result = dispatch(suspendedNumber, suspendedArguments);
        } catch (WaitSuspended e) {
            return RunState.SUSPENDED;
        }
        callEnded();
        return finish(suspendedNumber, result);
    }

    TraceStops stops() {
        return stops;
    }

    /** The tracer has exchanged registers. */
    void registersExchanged(long call) {
        interrupted.registersExchanged(call, context().registers());
    }

    boolean keepsRegisters() {
        return keepRegisters;
    }

    /** No call is made: none has set registers. */
    void discardResult() {
        keepRegisters = false;
    }

    /** Makes a call; see {@link SyscallDispatcher#dispatch}. */
    long dispatch(int number, long[] arguments) {
        keepRegisters = false;
        return services.sandbox()
                .syscalls()
                .dispatch(
                        task,
                        number,
                        arguments[0],
                        arguments[1],
                        arguments[2],
                        arguments[3],
                        arguments[4],
                        arguments[5]);
    }

    /** Forgets what a call needed to be made again. */
    void callEnded() {
        if (task.resumption().isResumed()) {
            task.resumption().clear();
            task.runAgain(Thread.currentThread());
        }
    }

    /** Gives a call's result to the guest, or finds out that it has to wait for that. */
    RunState finish(int number, long result) {
        task.setCurrentSyscall(-1);
        if (keepRegisters) {
            // rt_sigreturn and execve have set rax themselves.
            interrupted.forget();
        } else if (Restart.isRestart(result)) {
            interrupted.begin(number, result);
            if (task.isWatched()) {
                // A tracer sees it, and may take it away.
                task.tracing().registers().setCall(number);
                context().registers().set(UserRegs.RAX, result);
            }
            return RunState.ATTENTION;
        } else {
            context().registers().set(UserRegs.RAX, result);
        }
        if (task.signals().hasTemporaryMask()) {
            if (result == Errno.EINTR.negated()) {
                return RunState.ATTENTION;
            }
            task.signals().endTemporaryMask();
        }
        return RunState.APP;
    }

    /** Delivers signals, joins stops, and finishes an interrupted call. */
    private RunState attend() {
        while (true) {
            if (!holding.pass()) {
                return RunState.ATTENTION;
            }
            switch (stops.nextVerdict()) {
                case Verdict.Exit _ -> {
                    return RunState.EXITING;
                }
                case Verdict.Stop _ -> {
                    return RunState.STOPPED;
                }
                case Verdict.Core core -> {
                    new CoreDump(services, task, context()).run(core.info());
                    return RunState.EXITING;
                }
                case Verdict.Trap trap -> {
                    if (stops.enter(trap.stop(), RunState.ATTENTION)) {
                        return RunState.TRACED;
                    }
                }
                case Verdict.Handle handle -> {
                    deliver(handle);
                    if (task.tracing().isStepping()
                            && stops.enter(TraceStop.step(task), RunState.ATTENTION)) {
                        return RunState.TRACED;
                    }
                }
                case Verdict.Clear _ -> {
                    interrupted.restart(context().registers());
                    task.signals().endTemporaryMask();
                    if (!task.signals().interruptPending()) {
                        return RunState.APP;
                    }
                }
            }
        }
    }

    private void deliver(Verdict.Handle handle) {
        services.sandbox().syscalls().signalDelivered(task, handle.info());
        interrupted.beforeHandler(context().registers(), handle);
        HandlerStart.run(task, context(), handle);
    }

    private RunState stop() {
        TaskSignals signals = task.signals();
        if (signals.enterStop()) {
            ChildNews.stopped(task.group(), task.group().signals.unreportedStop);
        }
        if (task.tracing().isTraced() && signals.isStopped()) {
            TraceStop reason = task.tracing().groupStop();
            if (stops.enter(reason, RunState.ATTENTION)) {
                return RunState.TRACED;
            }
        }
        task.setState(TaskState.STOPPED);
        while (signals.isStopped() && !signals.isKilled() && !task.tracing().isTrapPending()) {
            if (signals.safePointAsks()) {
                return RunState.STOPPED;
            }
            task.blocker().parkWhileStopped();
        }
        task.runAgain(Thread.currentThread());
        return RunState.ATTENTION;
    }
}

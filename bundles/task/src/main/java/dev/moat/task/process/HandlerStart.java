package dev.moat.task.process;

import dev.moat.abi.ErrnoException;
import dev.moat.abi.Restart;
import dev.moat.abi.Signals;
import dev.moat.api.platform.ExecutionContext;
import dev.moat.task.signal.SignalFrame;

/** Makes a task run a signal handler, on its own thread; SIGSEGV where its stack does not do. */
final class HandlerStart {
    private HandlerStart() {}

    /** Whether a call that ended with a restart code is made again behind the handler. */
    static boolean restarts(long code, Verdict.Handle handle) {
        return switch ((int) -code) {
            case Restart.ERESTARTSYS -> (handle.action().flags() & Signals.SA_RESTART) != 0;
            case Restart.ERESTARTNOINTR -> true;
            default -> false;
        };
    }

    static void run(GuestTask task, ExecutionContext context, Verdict.Handle handle) {
        try {
            SignalFrame.push(
                    context,
                    task.user(),
                    task.alternateStack(),
                    new SignalFrame.Setup(
                            handle.action(),
                            handle.info(),
                            task.signals().maskForFrame(),
                            task.lastFault()));
        } catch (ErrnoException e) {
            task.signals().forceSegv(handle.info().signal());
            return;
        }
        task.alternateStack().disarmIfAutomatic();
        task.signals().handlerStarted(handle.info().signal(), handle.action());
    }
}

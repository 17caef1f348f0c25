package dev.moat.task.process;

import dev.moat.abi.SigAction;
import dev.moat.abi.SigInfo;

/** What a task has to do before it may enter guest code again. */
sealed interface Verdict {
    /** Nothing: run on. */
    record Clear() implements Verdict {
        static final Clear INSTANCE = new Clear();
    }

    /** End. */
    record Exit() implements Verdict {
        static final Exit INSTANCE = new Exit();
    }

    /** Stop until SIGCONT. */
    record Stop() implements Verdict {
        static final Stop INSTANCE = new Stop();
    }

    /** Stop so that a tracer may look, and say what becomes of a signal. */
    record Trap(TraceStop stop) implements Verdict {}

    /** End with a core file. */
    record Core(SigInfo info) implements Verdict {}

    /** Run a handler. */
    record Handle(SigInfo info, SigAction action) implements Verdict {}
}

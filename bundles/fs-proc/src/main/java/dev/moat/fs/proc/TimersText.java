package dev.moat.fs.proc;

import dev.moat.abi.SignalCodes;
import dev.moat.api.task.Task;
import dev.moat.api.task.TimerFacts;
import java.util.List;

/** {@code timers}: proc_pid_timers(5). */
final class TimersText {
    /** By SIGEV_*. */
    private static final List<String> NOTIFICATIONS = List.of("signal", "none", "thread");

    private TimersText() {}

    static String of(ProcFilesystem proc, Task task) {
        StringBuilder out = new StringBuilder();
        for (TimerFacts timer : task.group().collectTimers()) {
            boolean toThread = (timer.notification() & SignalCodes.SIGEV_THREAD_ID) != 0;
            int way = timer.notification() & ~SignalCodes.SIGEV_THREAD_ID;
            out.append("ID: ").append(timer.id());
            out.append("\nsignal: ").append(timer.signal()).append('/');
            out.append(String.format("%016x", timer.value()));
            out.append("\nnotify: ").append(NOTIFICATIONS.get(way));
            out.append(toThread ? "/tid." : "/pid.").append(proc.pids().seen(timer.targetTid()));
            out.append("\nClockID: ").append(timer.clockId()).append('\n');
        }
        return out.toString();
    }
}

package dev.moat.api.task;

/**
 * A timer of timer_create(2), as proc_pid_timers(5) shows it.
 *
 * @param value what its signal carries
 * @param notification SIGEV_*
 * @param targetTid id of the thread (SIGEV_THREAD_ID) or process that is told
 */
public record TimerFacts(
        int id, int signal, long value, int notification, int targetTid, int clockId) {}

package dev.moat.ipc.mqueue;

import dev.moat.api.task.ThreadGroup;

/**
 * Who wants to be told of the next message: mq_notify(3).
 *
 * @param signal 0 for none (SIGEV_NONE)
 */
public record Notice(ThreadGroup owner, int kind, int signal, long value) {}

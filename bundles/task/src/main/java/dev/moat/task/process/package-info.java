/**
 * Tasks and thread groups: who exists, who is whose child, how a task runs, is signalled, stops and
 * ends.
 *
 * <p>Key types: {@link dev.moat.task.process.GuestProcesses} (one sandbox), {@link
 * dev.moat.task.process.ProcessTree} (who is there), {@link dev.moat.task.process.GuestGroup} and
 * {@link dev.moat.task.process.GuestTask} (a process and a thread), {@link
 * dev.moat.task.process.RunLoop} (one Java thread per task) and {@link
 * dev.moat.task.process.SignalSender}.
 *
 * <p>Lock order, one of each per sandbox:
 *
 * <pre>
 * ProcessTree.lock    TASK_TREE   parents, children, process groups, sessions, zombies
 *   SignalSender.lock SIGNALS     queues, dispositions, stop and exit states
 *     wait queues, timers         leaves
 * </pre>
 *
 * <p>Wait queues are woken after the signal lock was given back.
 */
@NullMarked
package dev.moat.task.process;

import org.jspecify.annotations.NullMarked;

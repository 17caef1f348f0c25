/**
 * The clock and the timers of a sandbox.
 *
 * <p>Locks: {@link dev.moat.task.time.TimerQueue} has one of rank TIMERS; callbacks run without it.
 */
@NullMarked
package dev.moat.task.time;

import org.jspecify.annotations.NullMarked;

/**
 * What signals are made of: queues, dispositions, alternate stacks and the frame on the guest's
 * stack. Data without locks of its own: the owner in {@code dev.moat.task.process} guards it.
 */
@NullMarked
package dev.moat.task.signal;

import org.jspecify.annotations.NullMarked;

/**
 * Message queues of System V: msgget(2), msgop(2), msgctl(2). Source: ipc/msg.c.
 *
 * <p>Key types: {@link dev.moat.ipc.msg.MessageQueue}; {@link dev.moat.ipc.msg.Receiver}, who waits
 * and is handed the first message that is for him. Locks: the queue's guards messages and
 * receivers.
 */
@NullMarked
package dev.moat.ipc.msg;

import org.jspecify.annotations.NullMarked;

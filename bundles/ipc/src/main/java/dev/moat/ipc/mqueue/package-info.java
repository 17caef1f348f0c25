/**
 * POSIX message queues: mq_overview(7). Source: ipc/mqueue.c.
 *
 * <p>Key types: {@link dev.moat.ipc.mqueue.PosixQueue}, messages by priority and those who wait;
 * {@link dev.moat.ipc.mqueue.QueueFilesystem} with a file for each queue, mounted or not; {@link
 * dev.moat.ipc.mqueue.QueueFile}, an open one. Neighbours: the VFS, to which this is a file system.
 * Locks: the directory's (VFS_DIRECTORY), a queue's (IPC_OBJECT); none is held when somebody is
 * woken or signalled.
 */
@NullMarked
package dev.moat.ipc.mqueue;

import org.jspecify.annotations.NullMarked;

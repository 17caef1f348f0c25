/**
 * What the three kinds of System V IPC have in common: sysvipc(7).
 *
 * <p>Key types: {@link dev.moat.ipc.object.IpcObject}, with owner and permissions; {@link
 * dev.moat.ipc.object.IpcTable}, which gives keys and ids. Neighbours: {@code shm}, {@code sem},
 * {@code msg}. Locks: the table's (IPC_TABLE), then one object's (IPC_OBJECT).
 */
@NullMarked
package dev.moat.ipc.object;

import org.jspecify.annotations.NullMarked;

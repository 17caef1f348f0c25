/**
 * Native asynchronous input and output: io_submit(2). As in Linux, transfers are done while they
 * are submitted; what waits is IOCB_CMD_POLL.
 *
 * <p>Key types: {@link dev.moat.aio.AioContext}, what io_setup(2) makes; {@link
 * dev.moat.aio.AioRing}, its memory in the guest, where libaio looks for events itself; {@link
 * dev.moat.aio.AioWorker}, the thread of a sandbox that ends polls. A context ends with the mapping
 * of its ring.
 *
 * <p>Locks: that of a context has rank FD_TABLE, above those of its ring's pages.
 */
@NullMarked
package dev.moat.aio;

import org.jspecify.annotations.NullMarked;

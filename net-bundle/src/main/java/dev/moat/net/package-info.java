/**
 * Sockets. This version has the local family (AF_UNIX, unix(7)) and netlink (AF_NETLINK,
 * netlink(7)); other families are refused with EAFNOSUPPORT, as by a kernel that was built without
 * them.
 *
 * <p>Key types: {@link dev.moat.net.Socket} is what the calls of {@code dev.moat.net.calls} work
 * on; {@code dev.moat.net.unix} has the local sockets, {@code dev.moat.net.netlink} the others.
 * {@link dev.moat.net.SandboxSockets} is the state of one sandbox.
 *
 * <p>Locks: {@code VFS_INODE} in each socket and each queue of packets; a socket's lock is never
 * held while a lock of another socket is taken.
 */
@NullMarked
package dev.moat.net;

import org.jspecify.annotations.NullMarked;

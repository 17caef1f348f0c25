/**
 * Netlink sockets, netlink(7): messages to the kernel that ask for what it knows of links
 * (rtnetlink(7)) and of sockets (sock_diag(7)), and from one process to another. The namespace has
 * a loopback device and nothing else: there is no IP stack, so there are no addresses and routes.
 *
 * <p>Key types: {@link dev.moat.net.netlink.NetlinkSocket}; {@link
 * dev.moat.net.netlink.NetlinkPorts} (who has which port, one for each namespace); {@link
 * dev.moat.net.netlink.Requests} (goes through the messages of a datagram); {@link
 * dev.moat.net.netlink.RouteFamily} and {@link dev.moat.net.netlink.DiagFamily} (the answers);
 * {@link dev.moat.net.netlink.Dump} (an answer of many messages, made as it is read). What a guest
 * sends is copied once; every length in it is checked against what is there.
 *
 * <p>Locks: {@code VFS_INODE} in each socket and in the table of ports, held alone.
 */
@NullMarked
package dev.moat.net.netlink;

import org.jspecify.annotations.NullMarked;

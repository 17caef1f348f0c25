/**
 * Local sockets, unix(7): stream, datagram and sequenced packets; names in the file system and
 * abstract ones; open files and credentials as control messages.
 *
 * <p>Key types: {@link dev.moat.net.unix.UnixSocket} (what all have: name, peer, credentials),
 * {@link dev.moat.net.unix.ConnectedSocket} (stream, seqpacket), {@link
 * dev.moat.net.unix.DatagramSocket}, {@link dev.moat.net.unix.PacketQueue} (what was sent and not
 * yet received; owned by the receiver).
 */
@NullMarked
package dev.moat.net.unix;

import org.jspecify.annotations.NullMarked;

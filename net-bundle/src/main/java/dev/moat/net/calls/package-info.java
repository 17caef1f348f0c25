/**
 * The system calls of sockets, one class a man page: they read what the guest passed, find the
 * socket, wait where the socket would block, and write the answer.
 */
@NullMarked
package dev.moat.net.calls;

import org.jspecify.annotations.NullMarked;

/**
 * epoll(7). An instance has registrations; a registration hangs on the wait queue of its file and
 * puts itself on the ready list. Whether it really is ready is asked when somebody collects,
 * without any lock held.
 */
@NullMarked
package dev.moat.vfs.epoll;

import org.jspecify.annotations.NullMarked;

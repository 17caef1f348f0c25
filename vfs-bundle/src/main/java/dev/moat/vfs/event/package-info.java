/** Files that stand for events: eventfd(2), timerfd_create(2), signalfd(2). */
@NullMarked
package dev.moat.vfs.event;

import org.jspecify.annotations.NullMarked;

/**
 * Pseudo terminals: the {@code devpts} file system type, the N_TTY line discipline, controlling
 * terminals, and the operator's console.
 *
 * <p>A {@link dev.moat.fs.dev.terminal.Pty} is a pair of ends. What is written to the master goes
 * through the {@link dev.moat.fs.dev.terminal.LineDiscipline}, which edits lines, echoes and raises
 * signals, to readers of the slave; what is written to the slave is post-processed and goes to
 * readers of the master. The discipline is plain single-threaded state: bytes in, bytes out, tested
 * on traces.
 *
 * <p>Source of the behaviour: drivers/tty/{n_tty,pty,tty_io,tty_ioctl,tty_jobctrl}.c and
 * fs/devpts/inode.c of Linux 6.x; termios(3), ioctl_tty(2), pty(7).
 *
 * <p>Locks: one per pair, rank {@code VFS_INODE}. Signals are sent and waiters are woken after it
 * was released.
 */
@NullMarked
package dev.moat.fs.dev.terminal;

import org.jspecify.annotations.NullMarked;

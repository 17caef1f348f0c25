package dev.moat.fs.dev.terminal;

import dev.moat.abi.DeviceNumbers;
import dev.moat.abi.Errno;
import dev.moat.abi.Restart;
import dev.moat.abi.SigInfo;
import dev.moat.abi.Signals;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.ThreadGroup;
import dev.moat.api.task.ThreadGroup.ControllingTerminal;
import java.util.Optional;

/**
 * The session of a terminal, its foreground process group, and the rules between them:
 * drivers/tty/tty_jobctrl.c. Thread safe; its lock is held for field access only.
 */
@Stateful
final class JobControl implements ControllingTerminal {
    /** UNIX98_PTY_SLAVE_MAJOR. */
    private static final int SLAVE_MAJOR = 136;

    private final Sandbox sandbox;
    private final Pty pty;
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    // Guarded by lock.
    private int session;
    private int foreground;

    /**
     * Hung up while a session had it: nobody's terminal, but the leader's end still tells the
     * foreground.
     */
    private boolean hungUp;

    JobControl(Sandbox sandbox, Pty pty) {
        this.sandbox = sandbox;
        this.pty = pty;
    }

    /** The controlling terminal of a task's session, if it is one of ours and was not hung up. */
    static Optional<JobControl> of(Task task) {
        return task.group()
                .terminal()
                .filter(JobControl.class::isInstance)
                .map(JobControl.class::cast)
                .filter(jobs -> !jobs.isHungUp());
    }

    Pty pty() {
        return pty;
    }

    @Override
    public long device() {
        return DeviceNumbers.make(SLAVE_MAJOR, pty.number());
    }

    @Override
    public int foregroundGroup() {
        lock.lock();
        try {
            return foreground;
        } finally {
            lock.unlock();
        }
    }

    /** Session id, 0 for none. */
    int session() {
        lock.lock();
        try {
            return hungUp ? 0 : session;
        } finally {
            lock.unlock();
        }
    }

    private boolean isHungUp() {
        lock.lock();
        try {
            return hungUp;
        } finally {
            lock.unlock();
        }
    }

    /** Whether the task's session has this terminal. */
    boolean controls(Task task) {
        return of(task).filter(jobs -> jobs == this).isPresent();
    }

    /**
     * Lets a task in the background not touch the terminal: __tty_check_change.
     *
     * @param signal SIGTTIN or SIGTTOU
     * @return 0 to go on; -EIO; -ERESTARTSYS after the signal was sent to the task's group
     */
    long check(Task task, int signal) {
        int group = task.group().processGroupId();
        int current = foregroundGroup();
        if (current == 0 || current == group || !controls(task)) {
            return 0;
        }
        long bit = 1L << signal - 1;
        if (((task.signals().blocked() | task.signals().ignored()) & bit) != 0) {
            return signal == Signals.SIGTTIN ? Errno.EIO.negated() : 0;
        }
        if (sandbox.tasks().isOrphaned(group)) {
            return Errno.EIO.negated();
        }
        sandbox.tasks().signalProcessGroup(group, SigInfo.kernel(signal));
        return -Restart.ERESTARTSYS;
    }

    /**
     * Opening without O_NOCTTY: a session leader without a terminal gets this one if it is free.
     */
    void acquireOnOpen(Task task) {
        ThreadGroup group = task.group();
        if (group.sessionId() == group.tgid() && of(task).isEmpty() && session() == 0) {
            attach(group);
        }
    }

    /**
     * TIOCSCTTY.
     *
     * @param steal take it from another session; the caller has checked the capability
     * @throws dev.moat.abi.ErrnoException EPERM
     */
    void acquire(Task task, boolean steal) {
        ThreadGroup group = task.group();
        boolean leader = group.sessionId() == group.tgid();
        if (leader && session() == group.sessionId()) {
            return;
        }
        if (!leader || of(task).isPresent()) {
            throw Errno.EPERM.exception();
        }
        int owner = session();
        if (owner != 0) {
            if (!steal) {
                throw Errno.EPERM.exception();
            }
            sandbox.tasks()
                    .group(owner)
                    .filter(other -> !other.isZombie())
                    .ifPresent(other -> other.setTerminal(Optional.empty()));
        }
        attach(group);
    }

    private void attach(ThreadGroup leader) {
        lock.lock();
        try {
            session = leader.sessionId();
            foreground = leader.processGroupId();
            hungUp = false;
        } finally {
            lock.unlock();
        }
        leader.setTerminal(Optional.of(this));
    }

    /**
     * TIOCNOTTY: a leader gives the terminal up for its whole session. A session has one terminal
     * here, so that others cannot leave it by themselves: as on Linux they succeed, but keep seeing
     * it.
     */
    void release(Task task) {
        ThreadGroup group = task.group();
        if (group.sessionId() != group.tgid()) {
            return;
        }
        int jobs = detach(group.sessionId());
        group.setTerminal(Optional.empty());
        signal(jobs, Signals.SIGHUP);
        signal(jobs, Signals.SIGCONT);
    }

    /** The session leader has ended: SIGHUP for the foreground. */
    @Override
    public void disassociate(int sessionId) {
        boolean wasHungUp = isHungUp();
        int jobs = detach(sessionId);
        signal(jobs, Signals.SIGHUP);
        if (wasHungUp) {
            signal(jobs, Signals.SIGCONT);
        }
    }

    @Override
    public void hangUpLine(int sessionId) {
        if (session() == sessionId) {
            pty.hangUp();
        }
    }

    private int detach(int sessionId) {
        lock.lock();
        try {
            if (session != sessionId) {
                return 0;
            }
            int jobs = foreground;
            session = 0;
            foreground = 0;
            hungUp = false;
            return jobs;
        } finally {
            lock.unlock();
        }
    }

    /**
     * The line is gone: the session leader learns by SIGHUP and SIGCONT, the foreground when the
     * leader ends.
     */
    void hangUp() {
        int leader;
        lock.lock();
        try {
            leader = hungUp ? 0 : session;
            hungUp = session != 0;
        } finally {
            lock.unlock();
        }
        sandbox.tasks()
                .group(leader)
                .filter(group -> leader != 0 && !group.isZombie())
                .ifPresent(group -> {
                    group.signal(SigInfo.kernel(Signals.SIGHUP));
                    group.signal(SigInfo.kernel(Signals.SIGCONT));
                });
    }

    /** TIOCSPGRP; the caller has checked that the group belongs to the session. */
    void setForeground(int group) {
        lock.lock();
        try {
            foreground = group;
        } finally {
            lock.unlock();
        }
    }

    void signalForeground(int signal) {
        signal(foregroundGroup(), signal);
    }

    private void signal(int group, int signal) {
        if (group != 0) {
            sandbox.tasks().signalProcessGroup(group, SigInfo.kernel(signal));
        }
    }
}

package dev.moat.task.process;

import dev.moat.abi.Errno;

/**
 * Moves processes between process groups and sessions, on the caller's thread. Source:
 * kernel/sys.c.
 */
public final class Jobs {
    private final GuestTask caller;
    private final ProcessTree tree;

    public Jobs(GuestTask caller) {
        this.caller = caller;
        this.tree = caller.services().tree();
    }

    /**
     * setpgid(2).
     *
     * @param processGroupId 0: a group of the process' own
     * @throws dev.moat.abi.ErrnoException ESRCH neither the caller nor a child; EACCES a child that
     *     has executed a program; EPERM a session leader, another session, no such group
     */
    public void move(int pid, int processGroupId) {
        tree.lock.lock();
        try {
            GuestGroup target = tree.findGroup(pid);
            GuestGroup own = caller.group();
            if (target == null || target != own && target.parent != own) {
                throw Errno.ESRCH.exception();
            }
            if (target != own && target.sessionId() != own.sessionId()) {
                throw Errno.EPERM.exception();
            }
            if (target != own && target.executed) {
                throw Errno.EACCES.exception();
            }
            if (target.sessionId() == target.tgid()) {
                throw Errno.EPERM.exception();
            }
            tree.joinLocked(target, destinationLocked(target, processGroupId));
        } finally {
            tree.lock.unlock();
        }
    }

    /**
     * setsid(2): gives the new session's id.
     *
     * @throws dev.moat.abi.ErrnoException EPERM if there is a process group with the caller's id
     *     already
     */
    public int newSession() {
        tree.lock.lock();
        try {
            GuestGroup own = caller.group();
            if (own.sessionId() == own.tgid() || tree.processGroups.containsKey(own.tgid())) {
                throw Errno.EPERM.exception();
            }
            Session session = new Session(own.tgid());
            tree.joinLocked(own, tree.newProcessGroupLocked(own.tgid(), session));
            return own.tgid();
        } finally {
            tree.lock.unlock();
        }
    }

    private ProcessGroup destinationLocked(GuestGroup target, int processGroupId) {
        ProcessGroup current = target.processGroup;
        if (current == null) {
            throw Errno.ESRCH.exception();
        }
        int wanted = processGroupId == 0 ? target.tgid() : processGroupId;
        ProcessGroup existing = tree.processGroups.get(wanted);
        if (existing != null) {
            if (existing.session != current.session) {
                throw Errno.EPERM.exception();
            }
            return existing;
        }
        if (wanted != target.tgid()) {
            throw Errno.EPERM.exception();
        }
        return tree.newProcessGroupLocked(wanted, current.session);
    }
}

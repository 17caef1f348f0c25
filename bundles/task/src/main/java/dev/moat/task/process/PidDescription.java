package dev.moat.task.process;

import dev.moat.abi.EventFlags;
import dev.moat.abi.PollFlags;
import dev.moat.api.namespace.PidView;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.ProcessFile;
import dev.moat.api.task.Task;
import dev.moat.api.task.Task.TaskState;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.ControlFile;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.NamelessFilesystem;
import dev.moat.api.vfs.NamelessInode;
import org.jspecify.annotations.Nullable;

/**
 * A process, or one thread, as a file: pidfd_open(2). Readable when that has ended. Source:
 * fs/pidfs.c.
 */
@Stateful
public final class PidDescription extends ControlFile implements ProcessFile {
    /** O_RDWR: what anon_inode_getfile gives pidfds. */
    private static final int READ_WRITE = 2;

    /** Permissions: fs/pidfs.c. */
    private static final int OWNER_ALL = 0700;

    private final GuestGroup group;

    /** The thread that it stands for; null for the process. */
    private final @Nullable GuestTask thread;

    /** The number of the thread, which execve(2) may give to another one. */
    private final int threadTid;

    private final Inode inode;

    public PidDescription(GuestGroup group, int flags) {
        super(READ_WRITE | flags);
        this.group = group;
        this.thread = null;
        this.threadTid = 0;
        this.inode = new NamelessInode(NamelessFilesystem.PIDS, group.tgid(), OWNER_ALL);
    }

    /** Stands for one thread: PIDFD_THREAD. */
    public PidDescription(GuestTask thread, int flags) {
        super(READ_WRITE | EventFlags.PIDFD_THREAD | flags);
        this.group = thread.group();
        this.thread = thread;
        this.threadTid = thread.tid();
        this.inode = new NamelessInode(NamelessFilesystem.PIDS, thread.tid(), OWNER_ALL);
    }

    /** Whether it stands for one thread. */
    public boolean isOfThread() {
        return thread != null;
    }

    /** The number that it stands for, in the first pid namespace. */
    public int tid() {
        return thread == null ? group.tgid() : threadTid;
    }

    /** The thread with its number; null if there is none any more. */
    public @Nullable GuestTask task() {
        GuestTask own = thread;
        if (own == null || threadTid == group.tgid()) {
            return group.isReaped() ? null : group.leader();
        }
        return own.state() == TaskState.DEAD || own.tid() != threadTid ? null : own;
    }

    /** How what it stands for has ended: {@link #task} is null. */
    ExitStatus exitStatus() {
        GuestTask own = thread;
        return own == null || threadTid == group.tgid()
                ? TaskExit.statusOf(group)
                : TaskExit.statusOf(own);
    }

    /** The process it stands for, ended or not. */
    public GuestGroup group() {
        return group;
    }

    @Override
    public GuestGroup process() {
        return group;
    }

    /** PIDFD_GET_*_NAMESPACE and PIDFD_GET_INFO: fs/pidfs.c. */
    @Override
    public long ioctl(Task task, int command, long argument) {
        return new PidIoctl(this).run(task, command, argument);
    }

    /** Has offsets as all files of pidfs, and nothing to read there. */
    @Override
    public boolean isPositional() {
        return true;
    }

    @Override
    protected void closed() {}

    @Override
    public Inode inode() {
        return inode;
    }

    @Override
    public String anonymousName() {
        return "anon_inode:[pidfd]";
    }

    @Override
    public int readiness() {
        GuestTask now = task();
        if (now == null) {
            return PollFlags.POLLIN | PollFlags.POLLRDNORM | PollFlags.POLLHUP;
        }
        boolean ended = thread == null ? group.isZombie() : now.state() == TaskState.ZOMBIE;
        return ended ? PollFlags.POLLIN | PollFlags.POLLRDNORM : 0;
    }

    @Override
    public WaitQueue waitQueue() {
        return group.exitEvents();
    }

    @Override
    public String describeExtra() {
        if (task() == null) {
            return "Pid:\t-1\nNSpid:\t-1\n";
        }
        return "Pid:\t" + tid() + "\nNSpid:\t" + numbers() + "\n";
    }

    /** From the first namespace to its own. */
    private String numbers() {
        StringBuilder out = new StringBuilder();
        for (PidView at = group.pids(); ; at = at.parent()) {
            out.insert(0, (at.level() == 0 ? "" : "\t") + at.seen(tid()));
            if (at.level() == 0) {
                return out.toString();
            }
        }
    }
}

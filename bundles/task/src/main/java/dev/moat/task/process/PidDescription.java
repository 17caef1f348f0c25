package dev.moat.task.process;

import dev.moat.abi.PollFlags;
import dev.moat.api.namespace.PidView;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.ProcessFile;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.NamelessFilesystem;
import dev.moat.api.vfs.NamelessInode;

/** A process as a file: pidfd_open(2). Readable when the process has ended. */
@Stateful
public final class PidDescription extends FileDescription implements ProcessFile {
    /** O_RDWR: what anon_inode_getfile gives pidfds. */
    private static final int READ_WRITE = 2;

    /** Permissions: fs/pidfs.c. */
    private static final int OWNER_ALL = 0700;

    private final GuestGroup group;
    private final Inode inode;

    public PidDescription(GuestGroup group, int flags) {
        super(READ_WRITE | flags);
        this.group = group;
        inode = new NamelessInode(NamelessFilesystem.PIDS, group.tgid(), OWNER_ALL);
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
        return new PidIoctl(group).run(task, command, argument);
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
        if (group.isReaped()) {
            return PollFlags.POLLIN | PollFlags.POLLRDNORM | PollFlags.POLLHUP;
        }
        return group.isZombie() ? PollFlags.POLLIN | PollFlags.POLLRDNORM : 0;
    }

    @Override
    public WaitQueue waitQueue() {
        return group.exitEvents();
    }

    @Override
    public String describeExtra() {
        if (group.isReaped()) {
            return "Pid:\t-1\nNSpid:\t-1\n";
        }
        return "Pid:\t" + group.tgid() + "\nNSpid:\t" + numbers(group) + "\n";
    }

    /** From the first namespace to its own. */
    private static String numbers(GuestGroup group) {
        StringBuilder out = new StringBuilder();
        for (PidView at = group.pids(); ; at = at.parent()) {
            out.insert(0, (at.level() == 0 ? "" : "\t") + at.seen(group.tgid()));
            if (at.level() == 0) {
                return out.toString();
            }
        }
    }
}

package dev.moat.vfs.async;

import dev.moat.abi.FileMode;
import dev.moat.abi.PollFlags;
import dev.moat.abi.SignalCodes;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Tasks;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.OwnerSignals;

/** O_ASYNC is on: signals follow each change of a file's readiness. */
@Stateful
final class ReadinessNotice implements WaitQueue.Waiter {
    private final FileDescription file;
    private final WaitQueue queue;
    private final Tasks tasks;
    private final int fd;

    ReadinessNotice(FileDescription file, WaitQueue queue, Tasks tasks, int fd) {
        this.file = file;
        this.queue = queue;
        this.tasks = tasks;
        this.fd = fd;
    }

    void begin() {
        queue.add(this);
    }

    void end() {
        queue.remove(this);
    }

    @Override
    public boolean woken(int events) {
        boolean hangUp = (events & PollFlags.POLLHUP) != 0;
        if (hangUp && FileMode.S_ISSOCK(file.inode().mode())) {
            send(SignalCodes.POLL_HUP);
        } else if ((events & PollFlags.POLLIN) != 0 && file.isReadable()) {
            send(SignalCodes.POLL_IN);
        } else if ((events & PollFlags.POLLOUT) != 0 && file.isWritable()) {
            send(SignalCodes.POLL_OUT);
        }
        return false;
    }

    private void send(int code) {
        OwnerSignals.send(tasks, file.signalOwner(), code, fd);
    }
}

package dev.moat.api.vfs;

import dev.moat.api.swap.Stateful;
import org.osgi.annotation.versioning.ConsumerType;

/**
 * An open file that is neither read nor written, as those of epoll, io_uring and pidfds: it is
 * there for ioctl(2), mmap(2), poll(2) or system calls of its own.
 */
@Stateful
@ConsumerType
public abstract class ControlFile extends FileDescription {
    /**
     * @param flags O_* as open(2) takes them
     */
    protected ControlFile(int flags) {
        super(flags);
    }

    @Override
    public final boolean hasRead() {
        return false;
    }

    @Override
    public final boolean hasWrite() {
        return false;
    }
}

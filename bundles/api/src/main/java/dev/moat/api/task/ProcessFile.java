package dev.moat.api.task;

import org.osgi.annotation.versioning.ProviderType;

/** What a file of pidfd_open(2), or the inode of /proc/pid, is to other subsystems. */
@ProviderType
public interface ProcessFile {
    /**
     * The process it stands for, ended or not.
     *
     * @throws dev.moat.abi.ErrnoException ESRCH: /proc/pid of one that is gone; EBADF: of a thread
     */
    ThreadGroup process();
}

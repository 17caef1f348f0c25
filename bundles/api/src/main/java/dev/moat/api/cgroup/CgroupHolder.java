package dev.moat.api.cgroup;

import dev.moat.api.task.Credentials;
import org.osgi.annotation.versioning.ConsumerType;

/** An inode that stands for a group: what CLONE_INTO_CGROUP takes a descriptor of. */
@ConsumerType
public interface CgroupHolder {
    Cgroup cgroup();

    /**
     * Checks that tasks may be put into the group.
     *
     * @param from where they are: who moves needs the right to write for the group above both
     * @throws dev.moat.abi.ErrnoException EACCES
     */
    void checkMigration(Credentials mover, Cgroup from);
}

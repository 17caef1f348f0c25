package dev.moat.fs.proc;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;

/** Who may look into a process: the access check of ptrace(2), mode PTRACE_MODE_READ_FSCREDS. */
final class Inspection {
    private Inspection() {}

    /** EACCES unless {@code reader} may look into {@code task}. */
    static void check(Task reader, Task task) {
        if (!allows(reader, task)) {
            throw Errno.EACCES.exception();
        }
    }

    static boolean allows(Task reader, Task task) {
        if (reader.group() == task.group()) {
            return true;
        }
        Credentials own = reader.credentials();
        if (own.canIn(task.credentials().space(), Capabilities.CAP_SYS_PTRACE)) {
            return true;
        }
        Credentials other = task.credentials();
        boolean sameUser =
                own.fsUid() == other.uid()
                        && own.fsUid() == other.effectiveUid()
                        && own.fsUid() == other.savedUid()
                        && own.fsGid() == other.gid()
                        && own.fsGid() == other.effectiveGid()
                        && own.fsGid() == other.savedGid();
        return sameUser && task.group().dumpable() == 1;
    }
}

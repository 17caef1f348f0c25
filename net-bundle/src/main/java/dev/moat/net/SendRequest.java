package dev.moat.net;

import dev.moat.abi.Ucred;
import dev.moat.api.task.Task;
import dev.moat.api.task.ThreadGroup;
import dev.moat.api.vfs.FileDescription;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What comes along with data that is sent.
 *
 * @param flags MSG_*
 * @param destination address of sendto(2)
 * @param rights open files (SCM_RIGHTS), one reference each, passed on to the message if it is sent
 * @param credentials of the sender: its own, or checked ones of SCM_CREDENTIALS
 * @param process that these are of; null if there is none
 */
public record SendRequest(
        int flags,
        Optional<byte[]> destination,
        List<FileDescription> rights,
        Ucred credentials,
        @Nullable ThreadGroup process) {
    /** Data only. */
    public static SendRequest plain(Task task, int flags) {
        return to(task, flags, Optional.empty());
    }

    /** Data only, to an address. */
    public static SendRequest to(Task task, int flags, Optional<byte[]> destination) {
        return new SendRequest(flags, destination, List.of(), credentialsOf(task), task.group());
    }

    /** Who a task is to its peers. */
    public static Ucred credentialsOf(Task task) {
        return new Ucred(
                task.tgid(), task.credentials().effectiveUid(), task.credentials().effectiveGid());
    }

    /** The same without open files. */
    public SendRequest withoutRights() {
        return rights.isEmpty()
                ? this
                : new SendRequest(flags, destination, List.of(), credentials, process);
    }
}

package dev.moat.net;

import dev.moat.abi.Ucred;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import java.util.List;
import java.util.Optional;

/**
 * What comes along with data that is sent.
 *
 * @param flags MSG_*
 * @param destination address of sendto(2)
 * @param rights open files (SCM_RIGHTS), one reference each, passed on to the message if it is sent
 * @param credentials of the sender: its own, or checked ones of SCM_CREDENTIALS
 */
public record SendRequest(
        int flags, Optional<byte[]> destination, List<FileDescription> rights, Ucred credentials) {
    /** Data only. */
    public static SendRequest plain(Task task, int flags) {
        return new SendRequest(flags, Optional.empty(), List.of(), credentialsOf(task));
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
                : new SendRequest(flags, destination, List.of(), credentials);
    }
}

package dev.moat.api.exec;

import dev.moat.api.mm.MemoryManager;
import dev.moat.api.namespace.Namespace;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * OSGi service of the loader bundle: from an open executable to an image in a fresh address space.
 * It follows {@code #!} scripts, loads ELF and its interpreter, builds the stack (argv, envp, auxv)
 * and maps the vDSO.
 */
@ProviderType
public interface ProgramLoader {
    /**
     * Loads a program.
     *
     * @param task whose root, credentials and limits apply
     * @param request what to run; its file stays the caller's
     * @param target empty address space to fill
     * @throws dev.moat.abi.ErrnoException ENOEXEC, EACCES, ENOENT (interpreter), ELIBBAD, E2BIG,
     *     ENOMEM, ELOOP, EINVAL: see execve(2); target is then garbage and the task is unchanged
     */
    Image load(Task task, Request request, MemoryManager target);

    /**
     * Has the vDSO of an address space show the clocks of another time namespace.
     *
     * @param target in which nobody runs but the caller
     * @throws dev.moat.abi.ErrnoException ENOMEM
     */
    void setClocks(Sandbox sandbox, MemoryManager target, Namespace time);

    /**
     * What execve(2) asks for.
     *
     * @param path as given to execve (AT_EXECFN, {@code #!} argument)
     * @param credentials after set-user-ID handling
     * @param secure AT_SECURE
     */
    record Request(
            FileDescription file,
            String path,
            List<String> arguments,
            List<String> environment,
            Credentials credentials,
            boolean secure) {}

    /**
     * A loaded image.
     *
     * @param entry first instruction
     * @param stackPointer initial rsp
     * @param name command name (15 bytes at most)
     * @param executable the file that is /proc/pid/exe: for scripts the interpreter's; carries one
     *     reference, owned by the receiver
     */
    record Image(long entry, long stackPointer, String name, FileDescription executable) {}
}

package dev.moat.ipc.calls;

import dev.moat.abi.Errno;
import dev.moat.api.syscall.SyscallProvider;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.ProcProvider;
import dev.moat.ipc.IpcNamespace;
import java.lang.invoke.MethodHandles;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.osgi.service.component.annotations.Component;

/** The system calls of System V IPC and its files in {@code /proc}. */
@Component(service = {SyscallProvider.class, ProcProvider.class})
public final class IpcComponent implements SyscallProvider, ProcProvider {
    private final List<Object> handlers = List.of(new ShmCalls(), new SemCalls(), new MsgCalls());
    private final Map<String, Integer> files =
            Arrays.stream(ProcFile.values())
                    .collect(Collectors.toUnmodifiableMap(ProcFile::path, ProcFile::permissions));

    @Override
    public String subsystem() {
        return "ipc";
    }

    @Override
    public List<Object> handlers() {
        return handlers;
    }

    @Override
    public MethodHandles.Lookup lookup() {
        return MethodHandles.lookup();
    }

    @Override
    public Map<String, Integer> procFiles() {
        return files;
    }

    @Override
    public String renderProc(String path, Task reader) {
        return file(path).render(IpcNamespace.of(reader));
    }

    @Override
    public void acceptProc(String path, Task writer, String value) {
        file(path).accept(IpcNamespace.of(writer), value);
    }

    private static ProcFile file(String path) {
        for (ProcFile file : ProcFile.values()) {
            if (file.path().equals(path)) {
                return file;
            }
        }
        throw Errno.ENOENT.exception();
    }
}

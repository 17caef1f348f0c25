package dev.moat.ipc.calls;

import dev.moat.abi.Errno;
import dev.moat.api.syscall.SyscallProvider;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.ProcProvider;
import dev.moat.ipc.IpcNamespace;
import dev.moat.ipc.mqueue.QueueLimits.Setting;
import java.lang.invoke.MethodHandles;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.osgi.service.component.annotations.Component;

/** The system calls of System V IPC and POSIX message queues, and their files in {@code /proc}. */
@Component(service = {SyscallProvider.class, ProcProvider.class})
public final class IpcComponent implements SyscallProvider, ProcProvider {
    private final List<Object> handlers =
            List.of(new ShmCalls(), new SemCalls(), new MsgCalls(), new MqueueCalls());
    private final Map<String, ProcContent> contents =
            Stream.<Stream<? extends ProcContent>>of(
                            Arrays.stream(ProcFile.values()),
                            Arrays.stream(NextIdFile.values()),
                            Arrays.stream(Setting.values()).map(MqueueProcFile::new))
                    .flatMap(Function.<Stream<? extends ProcContent>>identity())
                    .collect(Collectors.toUnmodifiableMap(ProcContent::path, Function.identity()));
    private final Map<String, Integer> files =
            contents.values().stream()
                    .collect(
                            Collectors.toUnmodifiableMap(
                                    ProcContent::path, ProcContent::permissions));

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
        file(path).accept(writer, value);
    }

    private ProcContent file(String path) {
        ProcContent content = contents.get(path);
        if (content == null) {
            throw Errno.ENOENT.exception();
        }
        return content;
    }
}

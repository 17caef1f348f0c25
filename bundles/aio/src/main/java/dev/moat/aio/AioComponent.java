package dev.moat.aio;

import dev.moat.abi.Errno;
import dev.moat.api.syscall.SyscallProvider;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.ProcProvider;
import java.lang.invoke.MethodHandles;
import java.util.List;
import java.util.Map;
import org.osgi.service.component.annotations.Component;

/** The system calls of native asynchronous input and output, and their files in {@code /proc}. */
@Component(service = {SyscallProvider.class, ProcProvider.class})
public final class AioComponent implements SyscallProvider, ProcProvider {
    private static final String MOST = "sys/fs/aio-max-nr";
    private static final String COUNT = "sys/fs/aio-nr";

    private final List<Object> handlers = List.of(new AioCalls());

    @Override
    public String subsystem() {
        return "aio";
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
        return Map.of(MOST, 0644, COUNT, 0444);
    }

    @Override
    public String renderProc(String path, Task reader) {
        AioTable table = AioTable.of(reader.sandbox());
        return (path.equals(MOST) ? table.most() : table.count()) + "\n";
    }

    @Override
    public void acceptProc(String path, Task writer, String value) {
        try {
            long most = Long.parseLong(value.strip());
            if (path.equals(MOST) && most >= 0) {
                AioTable.of(writer.sandbox()).setMost(most);
                return;
            }
        } catch (NumberFormatException e) {
            // Refused as one that is out of range is.
        }
        throw Errno.EINVAL.exception();
    }
}

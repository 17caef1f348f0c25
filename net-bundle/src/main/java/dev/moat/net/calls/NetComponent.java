package dev.moat.net.calls;

import dev.moat.abi.Errno;
import dev.moat.api.syscall.SyscallProvider;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.ProcProvider;
import dev.moat.net.NetFile;
import dev.moat.net.SandboxSockets;
import java.lang.invoke.MethodHandles;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import org.osgi.service.component.annotations.Component;

/** The network bundle's system calls, and its files in {@code /proc}. */
@Component(service = {SyscallProvider.class, ProcProvider.class})
public final class NetComponent implements SyscallProvider, ProcProvider {
    @Override
    public String subsystem() {
        return "net";
    }

    @Override
    public List<Object> handlers() {
        return SocketHandlers.all();
    }

    @Override
    public MethodHandles.Lookup lookup() {
        return SocketHandlers.lookup();
    }

    @Override
    public Map<String, Integer> procFiles() {
        return Arrays.stream(NetFile.values())
                .collect(Collectors.toMap(NetFile::path, file -> 0444));
    }

    @Override
    public String renderProc(String path, Task reader) {
        for (NetFile file : NetFile.values()) {
            if (file.path().equals(path)) {
                return file.render(SandboxSockets.of(reader));
            }
        }
        throw Errno.ENOENT.exception();
    }

    @Override
    public void acceptProc(String path, Task writer, String value) {
        throw Errno.EINVAL.exception();
    }
}

package dev.moat.net.calls;

import dev.moat.api.syscall.SyscallProvider;
import java.lang.invoke.MethodHandles;
import java.util.List;
import org.osgi.service.component.annotations.Component;

/** The network bundle's system calls. */
@Component
public final class NetComponent implements SyscallProvider {
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
}

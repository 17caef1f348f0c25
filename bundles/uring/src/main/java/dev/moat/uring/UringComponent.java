package dev.moat.uring;

import dev.moat.api.syscall.SyscallProvider;
import java.lang.invoke.MethodHandles;
import java.util.List;
import org.osgi.service.component.annotations.Component;

/** The system calls of io_uring. */
@Component
public final class UringComponent implements SyscallProvider {
    private final List<Object> handlers = List.of(new UringCalls(), new RegisterCalls());

    @Override
    public String subsystem() {
        return "uring";
    }

    @Override
    public List<Object> handlers() {
        return handlers;
    }

    @Override
    public MethodHandles.Lookup lookup() {
        return MethodHandles.lookup();
    }
}

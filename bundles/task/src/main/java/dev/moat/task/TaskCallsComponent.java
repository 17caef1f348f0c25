package dev.moat.task;

import dev.moat.api.host.HostSystem;
import dev.moat.api.syscall.SyscallProvider;
import dev.moat.task.calls.TaskCalls;
import java.lang.invoke.MethodHandles;
import java.util.List;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The system calls of this bundle. */
@Component
public final class TaskCallsComponent implements SyscallProvider {
    private final TaskCalls calls;

    @Activate
    public TaskCallsComponent(@Reference HostSystem host) {
        this.calls = new TaskCalls(host);
    }

    @Override
    public String subsystem() {
        return "task";
    }

    @Override
    public List<Object> handlers() {
        return calls.handlers();
    }

    @Override
    public MethodHandles.Lookup lookup() {
        return calls.lookup();
    }
}

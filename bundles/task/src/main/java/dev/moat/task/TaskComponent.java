package dev.moat.task;

import dev.moat.api.exec.ProgramLoader;
import dev.moat.api.host.HostProcesses;
import dev.moat.api.host.HostSystem;
import dev.moat.api.mm.MemoryService.SandboxMemory;
import dev.moat.api.platform.PlatformSession;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.SharedParts;
import dev.moat.api.task.TaskService;
import dev.moat.task.process.GuestProcesses;
import dev.moat.task.process.LoaderSlot;
import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/** Offers the task side of sandboxes. */
@Component(service = TaskService.class)
public final class TaskComponent implements TaskService, SharedParts {
    private final HostSystem host;
    private final HostProcesses hostProcesses;
    private final LoaderSlot loader = new LoaderSlot();

    @Activate
    public TaskComponent(@Reference HostSystem host, @Reference HostProcesses hostProcesses) {
        this.host = host;
        this.hostProcesses = hostProcesses;
    }

    @Reference(cardinality = ReferenceCardinality.AT_LEAST_ONE, policy = ReferencePolicy.DYNAMIC)
    void addLoader(ProgramLoader added, Map<String, Object> properties) {
        loader.add(added, properties);
    }

    void removeLoader(ProgramLoader removed) {
        loader.remove(removed);
    }

    @Override
    public SandboxTasks create(Sandbox sandbox, PlatformSession platform, SandboxMemory memory) {
        return new GuestProcesses(sandbox, platform, memory, host, hostProcesses, loader);
    }

    @Override
    public Map<String, Object> sharedParts() {
        return Map.of("loader", loader);
    }
}

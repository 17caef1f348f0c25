package dev.moat.loader;

import dev.moat.api.exec.ProgramLoader;
import dev.moat.api.host.HostMemory;
import dev.moat.api.host.HostSystem;
import dev.moat.api.mm.MemoryManager;
import dev.moat.api.namespace.Namespace;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.SharedParts;
import dev.moat.api.task.Task;
import dev.moat.loader.vdso.VdsoMapper;
import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** The service. */
@Component
public final class LoaderComponent implements ProgramLoader, SharedParts {
    private final VdsoMapper vdso;
    private final ImageLoader loader;

    @Activate
    public LoaderComponent(@Reference HostSystem host, @Reference HostMemory hostMemory) {
        this.vdso = new VdsoMapper(host, hostMemory);
        this.loader = new ImageLoader(new ElfLoader(host, CpuFacts.of(host), vdso));
    }

    @Deactivate
    void stop() {
        vdso.close();
    }

    @Override
    public Image load(Task task, Request request, MemoryManager target) {
        return loader.load(task, request, target);
    }

    @Override
    public void setClocks(Sandbox sandbox, MemoryManager target, Namespace time) {
        vdso.setClocks(sandbox, target, time);
    }

    @Override
    public Map<String, Object> sharedParts() {
        return Map.of("clocks", vdso.keeper());
    }
}

package dev.moat.mm;

import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostMemory;
import dev.moat.api.mm.MemoryService;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** The memory service of the kernel host. */
@Component
public final class MemoryComponent implements MemoryService {
    private final HostMemory hostMemory;
    private final HostFiles hostFiles;

    @Activate
    public MemoryComponent(@Reference HostMemory hostMemory, @Reference HostFiles hostFiles) {
        this.hostMemory = hostMemory;
        this.hostFiles = hostFiles;
    }

    @Override
    public SandboxMemory create(String sandboxName, long limitBytes) {
        return new KernelMemory(hostMemory, new HostPages.Real(hostFiles), sandboxName, limitBytes);
    }
}

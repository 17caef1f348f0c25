package dev.moat.mm;

import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostMemory;
import dev.moat.api.host.HostSystem;
import dev.moat.api.mm.KernelHeap;
import dev.moat.api.mm.MemoryService;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/**
 * The memory service of the kernel host. Memory files know it as their {@link TrimSchedule}: after
 * a swap they find the new one in its place.
 */
@Component(service = MemoryService.class)
public final class MemoryComponent implements MemoryService, TrimSchedule {
    private final HostMemory hostMemory;
    private final HostFiles hostFiles;
    private final KernelHeap heap;
    private final long machineBytes;
    private final IdleTrimmer trimmer = new IdleTrimmer();

    @Activate
    public MemoryComponent(
            @Reference HostMemory hostMemory,
            @Reference HostFiles hostFiles,
            @Reference KernelHeap heap,
            @Reference HostSystem hostSystem) {
        this.hostMemory = hostMemory;
        this.hostFiles = hostFiles;
        this.heap = heap;
        this.machineBytes = hostSystem.totalMemoryBytes();
    }

    @Override
    public SandboxMemory create(String sandboxName, long limitBytes) {
        return new KernelMemory(
                hostMemory, new HostPages.Real(hostFiles), this, sandboxName, limitBytes);
    }

    @Override
    public void lookLater(ChunkedMemoryFile file) {
        trimmer.lookLater(file);
    }

    @Override
    public KernelHeap heap() {
        return heap;
    }

    @Override
    public long machineBytes() {
        return machineBytes;
    }

    @Override
    public long nowNs() {
        return System.nanoTime();
    }

    @Deactivate
    void stop() {
        trimmer.close();
    }
}

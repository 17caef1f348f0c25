package dev.moat.loader.vdso;

import static dev.moat.abi.MemoryFlags.MAP_FIXED;
import static dev.moat.abi.MemoryFlags.MAP_PRIVATE;
import static dev.moat.abi.MemoryFlags.MAP_SHARED;
import static dev.moat.abi.MemoryFlags.PROT_EXEC;
import static dev.moat.abi.MemoryFlags.PROT_READ;

import dev.moat.api.host.HostMemory;
import dev.moat.api.host.HostSystem;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.MapRequest;
import dev.moat.api.mm.MemoryManager;
import dev.moat.api.mm.VmaInfo;
import dev.moat.api.namespace.Namespace;
import dev.moat.api.namespace.TimeSpace;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.task.Task;
import java.util.Optional;

/**
 * Maps the vDSO and, before it, the page it reads clocks from. Each sandbox has one copy of both in
 * its memory file, which all its processes share; a time namespace has a page of its own. Thread
 * safe.
 */
public final class VdsoMapper implements AutoCloseable {
    private static final String CLOCKS = "[vvar]";

    private final byte[] image = VdsoImage.of(ClockCode.assemble());
    private final ClockKeeper keeper;

    public VdsoMapper(HostSystem host, HostMemory hostMemory) {
        this.keeper = new ClockKeeper(host, hostMemory);
    }

    /**
     * Maps the vDSO of the sandbox of {@code task}.
     *
     * @return the address of its ELF header: AT_SYSINFO_EHDR
     * @throws dev.moat.abi.ErrnoException ENOMEM
     */
    public long map(Task task, MemoryManager target) {
        FilePages copy = VdsoCopy.of(task.sandbox(), image, keeper).pages();
        long length = ClockPage.SIZE_BYTES + image.length;
        long page = target.map(request(copy, 0, 0, length, MAP_SHARED, PROT_READ, CLOCKS));
        // a program begins where children do
        Namespace time = task.namespaces().timeForChildren();
        if (!TimeSpace.of(time).isFirst()) {
            mapClocks(task.sandbox(), target, page, time, PROT_READ);
        }
        long vdso = page + ClockPage.SIZE_BYTES;
        target.map(
                request(
                        copy,
                        vdso,
                        ClockPage.SIZE_BYTES,
                        image.length,
                        MAP_PRIVATE | MAP_FIXED,
                        PROT_READ | PROT_EXEC,
                        "[vdso]"));
        return vdso;
    }

    /**
     * Has the vDSO of {@code target}, wherever it is mapped, show the clocks of another time
     * namespace.
     *
     * @throws dev.moat.abi.ErrnoException ENOMEM
     */
    public void setClocks(Sandbox sandbox, MemoryManager target, Namespace time) {
        for (VmaInfo area : target.collectVmas()) {
            // no file of a guest has such a name: paths begin with a slash
            if (area.name().equals(CLOCKS)) {
                mapClocks(sandbox, target, area.start(), time, area.prot());
            }
        }
    }

    private void mapClocks(
            Sandbox sandbox, MemoryManager target, long address, Namespace time, int prot) {
        VdsoCopy clocks =
                TimeSpace.of(time).isFirst()
                        ? VdsoCopy.of(sandbox, image, keeper)
                        : VdsoCopy.of(sandbox, time, keeper);
        target.map(
                new MapRequest(
                        address,
                        ClockPage.SIZE_BYTES,
                        prot,
                        PROT_READ,
                        MAP_SHARED | MAP_FIXED,
                        Optional.of(clocks.pages()),
                        0,
                        CLOCKS,
                        MapRequest.FileIdentity.NONE));
    }

    /** Who keeps the clock pages of all sandboxes right. */
    public ClockKeeper keeper() {
        return keeper;
    }

    /** Ends the clocks' thread. */
    @Override
    public void close() {
        keeper.close();
    }

    private static MapRequest request(
            FilePages file,
            long address,
            long offset,
            long lengthBytes,
            int flags,
            int prot,
            String name) {
        return new MapRequest(
                address,
                lengthBytes,
                prot,
                prot,
                flags,
                Optional.of(file),
                offset,
                name,
                MapRequest.FileIdentity.NONE);
    }
}

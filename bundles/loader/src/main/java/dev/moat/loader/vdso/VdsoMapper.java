package dev.moat.loader.vdso;

import static dev.moat.abi.MemoryFlags.MAP_FIXED;
import static dev.moat.abi.MemoryFlags.MAP_PRIVATE;
import static dev.moat.abi.MemoryFlags.MAP_SHARED;
import static dev.moat.abi.MemoryFlags.PROT_EXEC;
import static dev.moat.abi.MemoryFlags.PROT_READ;

import dev.moat.api.host.HostMemory;
import dev.moat.api.host.HostSystem;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.KernelBuffer;
import dev.moat.api.mm.MapRequest;
import dev.moat.api.mm.Mappable;
import dev.moat.api.mm.MemoryManager;
import dev.moat.api.mm.PageQuota;
import dev.moat.api.platform.Access;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.task.Task;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Maps the vDSO and, before it, the page it reads clocks from. Each sandbox has one copy of both in
 * its memory file, which all its processes share. Thread safe.
 */
public final class VdsoMapper implements AutoCloseable {
    private final byte[] image = VdsoImage.of(ClockCode.assemble());
    private final ClockKeeper keeper;

    private final RankedLock lock = new RankedLock(LockRank.SANDBOX);

    /**
     * Guarded by {@link #lock}; an entry goes when its sandbox ends, with the memory file that
     * holds the pages.
     */
    private final Map<Sandbox, FilePages> copies = new HashMap<>();

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
        FilePages copy = copyOf(task.sandbox());
        long length = ClockPage.SIZE_BYTES + image.length;
        long page = target.map(request(copy, 0, 0, length, MAP_SHARED, PROT_READ, "[vvar]"));
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

    private FilePages copyOf(Sandbox sandbox) {
        lock.lock();
        try {
            FilePages copy = copies.get(sandbox);
            if (copy == null) {
                copy = newCopy(sandbox);
                copies.put(sandbox, copy);
                sandbox.exited().whenComplete((status, failure) -> forget(sandbox));
            }
            return copy;
        } finally {
            lock.unlock();
        }
    }

    private FilePages newCopy(Sandbox sandbox) {
        FilePages copy = sandbox.memory().newFilePages(PageQuota.UNLIMITED);
        copy.write(0, KernelBuffer.of(new byte[ClockPage.SIZE_BYTES]));
        copy.write(ClockPage.SIZE_BYTES, KernelBuffer.of(image));
        if (keeper.isUsable() && sandbox.platform().sharesTimestampCounter()) {
            // The reference that comes with the translation stays: the page lives as long as the
            // memory file.
            Mappable.Translation page = copy.translate(0, ClockPage.SIZE_BYTES, Access.WRITE);
            keeper.add(sandbox, sandbox.memory().file().hostFd(), page.memoryFileOffset());
        }
        return copy;
    }

    private void forget(Sandbox sandbox) {
        keeper.remove(sandbox);
        lock.lock();
        try {
            copies.remove(sandbox);
        } finally {
            lock.unlock();
        }
    }
}

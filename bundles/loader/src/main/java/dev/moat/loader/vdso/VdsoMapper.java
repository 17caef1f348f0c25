package dev.moat.loader.vdso;

import static dev.moat.abi.MemoryFlags.MAP_PRIVATE;
import static dev.moat.abi.MemoryFlags.PROT_EXEC;
import static dev.moat.abi.MemoryFlags.PROT_READ;

import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.KernelBuffer;
import dev.moat.api.mm.MapRequest;
import dev.moat.api.mm.MemoryManager;
import dev.moat.api.mm.PageQuota;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.task.Task;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/** Maps the vDSO. Each sandbox has one copy of it in its memory file, which all its processes share. Thread safe. */
public final class VdsoMapper {
    private final byte[] image = VdsoImage.of(VdsoCode.systemCalls());

    private final RankedLock lock = new RankedLock(LockRank.SANDBOX);

    /** Guarded by {@link #lock}; an entry goes when its sandbox ends, with the memory file that holds the pages. */
    private final Map<Sandbox, FilePages> copies = new HashMap<>();

    /**
     * Maps the vDSO of the sandbox of {@code task}.
     *
     * @return the address of its ELF header: AT_SYSINFO_EHDR
     * @throws dev.moat.abi.ErrnoException ENOMEM
     */
    public long map(Task task, MemoryManager target) {
        return target.map(
                new MapRequest(
                        0,
                        image.length,
                        PROT_READ | PROT_EXEC,
                        PROT_READ | PROT_EXEC,
                        MAP_PRIVATE,
                        Optional.of(copyOf(task.sandbox())),
                        0,
                        "[vdso]",
                        MapRequest.FileIdentity.NONE));
    }

    private FilePages copyOf(Sandbox sandbox) {
        lock.lock();
        try {
            FilePages copy = copies.get(sandbox);
            if (copy == null) {
                copy = sandbox.memory().newFilePages(PageQuota.UNLIMITED);
                copy.write(0, KernelBuffer.of(image));
                copies.put(sandbox, copy);
                sandbox.exited().whenComplete((status, failure) -> forget(sandbox));
            }
            return copy;
        } finally {
            lock.unlock();
        }
    }

    private void forget(Sandbox sandbox) {
        lock.lock();
        try {
            copies.remove(sandbox);
        } finally {
            lock.unlock();
        }
    }
}

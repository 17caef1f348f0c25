package dev.moat.platform.ptrace;

import dev.moat.abi.Errno;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostMemory;
import dev.moat.api.host.HostProcesses;
import dev.moat.api.host.HostResult;
import dev.moat.api.platform.AddressSpace;
import dev.moat.api.platform.ExecutionContext;
import dev.moat.api.platform.PlatformSession;
import dev.moat.lib.cpu.CpuPlacement;
import dev.moat.lib.stub.StubMappings;
import dev.moat.lib.stub.StubParent;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** The ptrace platform for one sandbox: an empty template space and everything cloned from it. */
final class PtraceSession implements PlatformSession {
    /** Mappings of the stub itself and slack for those that the host splits on its own. */
    private static final int RESERVED_MAPPINGS = 500;

    private final HostProcesses processes;
    private final StubImage image;
    private final ControlFile controlFile;
    private final StubParent parent;
    private final CpuPlacement placement;

    private final Set<StubSpace> spaces = ConcurrentHashMap.newKeySet();
    private final ConcurrentHashMap<Thread, StubContext> contexts = new ConcurrentHashMap<>();

    private final StubSpace template;
    private final FpLayout fpLayout;

    PtraceSession(
            HostFiles files,
            HostMemory memory,
            HostProcesses processes,
            CpuPlacement placement,
            SessionLimits limits,
            int memoryFd) {
        this.processes = processes;
        image = new StubImage(limits.processId());
        int maxMappings =
                (int) Math.min(Integer.MAX_VALUE, limits.maxMapCount() - RESERVED_MAPPINGS);
        this.placement = placement;
        controlFile = new ControlFile(files, memory);
        parent = new StubParent(processes, "moat-ptrace-parent");
        boolean done = false;
        try {
            ControlPage page = controlFile.allocate();
            int processId = start(files, memory, memoryFd);
            Tracee thread = newTracee();
            thread.seize(processId, processId);
            thread.doSetup();
            fpLayout = FpLayout.of(processes, thread);
            thread.park();
            StubMappings none = new StubMappings(StubLayout.GUEST_END, maxMappings);
            template = new StubSpace(this, processId, page, none);
            spaces.add(template);
            done = true;
        } catch (StubLostException e) {
            throw new IllegalStateException("ptrace platform: " + e.getMessage(), e);
        } finally {
            if (!done) {
                parent.close();
                controlFile.close();
            }
        }
    }

    private int start(HostFiles files, HostMemory memory, int memoryFd) {
        int imageFd = HostResult.orThrow(memory.createMemoryFile("moat-stub"));
        try {
            byte[] elf = image.elf();
            HostResult.orThrow(files.pwrite(imageFd, MemorySegment.ofArray(elf), 0));
            int[] descriptors = {memoryFd, controlFile.fd()};
            return HostResult.orThrow(parent.spawn(() -> processes.spawn(imageFd, descriptors)));
        } finally {
            files.close(imageFd);
        }
    }

    @Override
    public long minUserAddress() {
        return StubLayout.GUEST_START;
    }

    @Override
    public long maxUserAddress() {
        return StubLayout.GUEST_END;
    }

    @Override
    public int fpStateBytes() {
        return fpLayout.bytes();
    }

    @Override
    public AddressSpace newAddressSpace() {
        return template.fork();
    }

    @Override
    public ExecutionContext newContext() {
        StubContext context = new StubContext(this);
        if (contexts.putIfAbsent(context.owner(), context) != null) {
            throw Errno.EBUSY.exception();
        }
        return context;
    }

    @Nullable StubContext contextOfCurrentThread() {
        return contexts.get(Thread.currentThread());
    }

    void forget(StubContext context) {
        contexts.remove(context.owner(), context);
    }

    StubSpace adopt(StubSpace space) {
        spaces.add(space);
        return space;
    }

    void forget(StubSpace space) {
        spaces.remove(space);
    }

    /** A tracer's buffers of their own. */
    Tracee newTracee() {
        return newTracee(Arena.ofAuto());
    }

    /** A tracer's buffers in {@code memory}. */
    Tracee newTracee(SegmentAllocator memory) {
        return new Tracee(processes, image, memory);
    }

    HostProcesses processes() {
        return processes;
    }

    ControlFile controlFile() {
        return controlFile;
    }

    StubParent reaper() {
        return parent;
    }

    CpuPlacement placement() {
        return placement;
    }

    FpLayout fpLayout() {
        return fpLayout;
    }

    @Override
    public void bringHere(int hostTid) {
        placement.bringHere(hostTid);
    }

    @Override
    public void close() {
        for (StubSpace space : spaces) {
            space.close();
        }
        parent.close();
        controlFile.close();
    }
}

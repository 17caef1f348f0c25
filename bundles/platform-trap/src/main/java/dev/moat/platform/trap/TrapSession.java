package dev.moat.platform.trap;

import dev.moat.abi.Errno;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostNotifications;
import dev.moat.api.host.HostProcesses;
import dev.moat.api.platform.AddressSpace;
import dev.moat.api.platform.ExecutionContext;
import dev.moat.api.platform.PlatformSession;
import dev.moat.lib.cpu.CpuPlacement;
import dev.moat.lib.stub.StubMappings;
import dev.moat.lib.stub.StubParent;
import java.lang.foreign.MemorySegment;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** The trap platform for one sandbox: an empty template process and everything cloned from it. */
final class TrapSession implements PlatformSession {
    /** Mappings of the stub itself and slack for those that the host splits on its own. */
    private static final int RESERVED_MAPPINGS = 500;

    /** The command that a new process finds on its control page. */
    private static final int FIRST_SEQUENCE = 1;

    private final HostParts host;
    private final CpuPlacement placement;
    private final StubImage image;
    private final ControlFile controlFile;
    private final SlotFile slots;
    private final TrampolineCode trampolines = new TrampolineCode();
    private final PatchFile patchFile;
    private final CallWishes wishes;
    private final CpuDemand demand;
    private final StubParent parent;
    private final InterruptWatch watch = new InterruptWatch();
    private final int maxMappings;
    private final int memoryFd;

    private final Set<TrapSpace> spaces = ConcurrentHashMap.newKeySet();
    private final TemplateStub template;
    private final ReadySpaces ready;
    private final FpLayout fpLayout;

    TrapSession(
            HostParts host,
            CpuPlacement placement,
            SessionLimits limits,
            CallWishes wishes,
            CpuDemand demand,
            int memoryFd) {
        this.host = host;
        this.memoryFd = memoryFd;
        this.wishes = wishes;
        this.demand = demand;
        this.placement = placement;
        image = new StubImage(limits.processId(), placement.allowed());
        maxMappings = (int) Math.min(Integer.MAX_VALUE, limits.maxMapCount() - RESERVED_MAPPINGS);
        controlFile = new ControlFile(host.files(), host.memory());
        slots = new SlotFile(host.files(), host.memory());
        patchFile = new PatchFile(host.files(), host.memory(), trampolines);
        parent = new StubParent(host.processes(), "moat-trap-parent");
        boolean done = false;
        try {
            template = new TemplateStub(this, memoryFd);
            TrapSpace first = template.makeSpace();
            fpLayout = first.probe();
            ready = new ReadySpaces(template, parent);
            ready.add(first);
            done = true;
        } catch (StubLostException e) {
            throw new IllegalStateException("trap platform: " + e.getMessage(), e);
        } finally {
            if (!done) {
                spaces.forEach(TrapSpace::close);
                watch.close();
                parent.close();
                slots.close();
                controlFile.close();
                patchFile.close();
            }
        }
    }

    /**
     * Has a factory clone its process. The caller holds the lock that guards the factory.
     *
     * @throws dev.moat.abi.ErrnoException EAGAIN, ENOMEM: the host has no more processes
     */
    TrapSpace makeSpace(Factory factory, StubMappings mappings, CallPatches patches)
            throws StubLostException {
        Slot firstSlot = slots.allocate();
        ControlPages pages = controlFile.allocate();
        pages.command(FIRST_SEQUENCE, StubLayout.BIRTH, firstSlot, 0);
        factory.command(StubLayout.PROCESS, firstSlot, pages.fileOffset());
        factory.await();
        int pidfd = factory.take(StubLayout.TRANSFER_FD);
        int processId = pidfd < 0 ? pidfd : host.notifications().processOf(pidfd);
        if (processId < 0) {
            pages.close();
            slots.free(firstSlot);
            patches.release();
            throw (processId == -Errno.ENOMEM.number() ? Errno.ENOMEM : Errno.EAGAIN).exception();
        }
        TrapSpace space =
                new TrapSpace(
                        this,
                        new Stub(processId, pidfd),
                        pages,
                        firstSlot,
                        new TrapSpace.Inheritance(mappings, patches));
        spaces.add(space);
        return space;
    }

    void forget(TrapSpace space) {
        spaces.remove(space);
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
        return ready.take();
    }

    @Override
    public ExecutionContext newContext() {
        return new TrapContext(this);
    }

    HostParts host() {
        return host;
    }

    HostFiles files() {
        return host.files();
    }

    HostProcesses processes() {
        return host.processes();
    }

    HostNotifications notifications() {
        return host.notifications();
    }

    StubImage image() {
        return image;
    }

    ControlFile controlFile() {
        return controlFile;
    }

    SlotFile slots() {
        return slots;
    }

    PatchFile patchFile() {
        return patchFile;
    }

    TrampolineCode trampolines() {
        return trampolines;
    }

    @Override
    public Map<String, String> settings() {
        return wishes.settings();
    }

    Spinning spinning() {
        return wishes.spinning();
    }

    CpuDemand demand() {
        return demand;
    }

    boolean isPatching() {
        return wishes.patching() == Patching.ON;
    }

    /** For a space that inherits none. */
    CallPatches newPatches() {
        return new CallPatches(new CallPatches.PatchSource(patchFile, this::readMemory));
    }

    private boolean readMemory(MemorySegment target, long offset) {
        return host.files().pread(memoryFd, target, offset) == target.byteSize();
    }

    StubParent reaper() {
        return parent;
    }

    CpuPlacement placement() {
        return placement;
    }

    InterruptWatch watch() {
        return watch;
    }

    FpLayout fpLayout() {
        return fpLayout;
    }

    /** Those of a process that has nothing mapped. */
    StubMappings newMappings() {
        return new StubMappings(StubLayout.GUEST_END, maxMappings);
    }

    @Override
    public void bringHere(int hostTid) {
        placement.bringHere(hostTid);
    }

    @Override
    public void close() {
        // the background first: it may be making a space
        parent.later(() -> {
            spaces.forEach(TrapSpace::close);
            template.close();
        });
        parent.close();
        watch.close();
        slots.close();
        controlFile.close();
        patchFile.close();
    }
}

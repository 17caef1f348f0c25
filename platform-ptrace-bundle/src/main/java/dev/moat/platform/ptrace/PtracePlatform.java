package dev.moat.platform.ptrace;

import dev.moat.abi.ErrnoException;
import dev.moat.api.host.HostCpus;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostMemory;
import dev.moat.api.host.HostProcesses;
import dev.moat.api.host.HostResult;
import dev.moat.api.host.HostSystem;
import dev.moat.api.platform.Platform;
import dev.moat.api.platform.PlatformSession;
import dev.moat.lib.cpu.CpuBalancer;
import dev.moat.lib.cpu.CpuPlacement;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** The {@code ptrace} platform as a service. */
@Component(property = "moat.platform=ptrace")
public final class PtracePlatform implements Platform, AutoCloseable {
    private static final int CAP_SYS_PTRACE = 19;
    private static final int SCOPE_ADMIN_ONLY = 2;
    private static final int SCOPE_NOBODY = 3;

    private final HostFiles files;
    private final HostMemory memory;
    private final HostProcesses processes;
    private final HostSystem system;

    /** Answer of the first probe; any thread may come first, all get the same answer. */
    private volatile @Nullable Availability probed;

    private final CpuPlacement placement;
    private final CpuBalancer balancer;

    @Activate
    public PtracePlatform(
            @Reference HostFiles files,
            @Reference HostMemory memory,
            @Reference HostProcesses processes,
            @Reference HostSystem system) {
        this.files = files;
        this.memory = memory;
        this.processes = processes;
        this.system = system;
        HostCpus cpus = processes;
        placement = new CpuPlacement(cpus, system.processId());
        balancer = new CpuBalancer(cpus, placement, "moat-ptrace-balancer");
    }

    /** All sessions are closed. */
    @Deactivate
    @Override
    public void close() {
        balancer.close();
    }

    @Override
    public String name() {
        return "ptrace";
    }

    @Override
    public Availability availability() {
        Availability known = probed;
        if (known == null) {
            known = probe();
            probed = known;
        }
        return known;
    }

    private Availability probe() {
        if (!System.getProperty("os.arch", "").equals("amd64")) {
            return Availability.no("the ptrace platform runs on x86-64 only");
        }
        int scope = system.ptraceScope();
        boolean mayTraceAll = (system.effectiveCapabilities() >>> CAP_SYS_PTRACE & 1) != 0;
        if (scope == SCOPE_NOBODY || (scope == SCOPE_ADMIN_ONLY && !mayTraceAll)) {
            return Availability.no("ptrace is forbidden: kernel.yama.ptrace_scope is " + scope);
        }
        return tryToOpen();
    }

    private Availability tryToOpen() {
        int fd = memory.createMemoryFile("moat-probe");
        if (HostResult.failed(fd)) {
            return Availability.no("memfd_create fails with errno " + -fd);
        }
        try (PlatformSession session = open(fd)) {
            session.newAddressSpace().close();
            return Availability.YES;
        } catch (IllegalStateException | ErrnoException e) {
            return Availability.no(
                    "the host forbids or lacks what ptrace needs: " + e.getMessage());
        } finally {
            files.close(fd);
        }
    }

    @Override
    public PlatformSession open(int memoryFd) {
        return new PtraceSession(
                files,
                memory,
                processes,
                placement,
                new SessionLimits(system.processId(), system.maxMapCount()),
                memoryFd);
    }
}

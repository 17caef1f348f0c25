package dev.moat.platform.trap;

import dev.moat.abi.ErrnoException;
import dev.moat.api.host.HostCpus;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostMemory;
import dev.moat.api.host.HostNotifications;
import dev.moat.api.host.HostProcesses;
import dev.moat.api.host.HostResult;
import dev.moat.api.host.HostSystem;
import dev.moat.api.platform.Platform;
import dev.moat.api.platform.PlatformSession;
import dev.moat.api.swap.SharedParts;
import dev.moat.lib.cpu.CpuBalancer;
import dev.moat.lib.cpu.CpuPlacement;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** The {@code trap} platform as a service. */
@Component(property = "moat.platform=trap")
public final class TrapPlatform implements Platform, SharedParts, AutoCloseable {
    private static final int AT_HWCAP2 = 26;

    /** HWCAP2_FSGSBASE, arch/x86/include/uapi/asm/hwcap2.h. */
    private static final int FSGSBASE = 2;

    /**
     * Linux 6.6 has the synchronous wake-up; only since 6.11 does one who waits for a notification
     * of a thread learn of its end.
     */
    private static final int MIN_MAJOR = 6;

    private static final int MIN_MINOR = 11;

    private final HostParts host;
    private final HostSystem system;
    private final CpuPlacement placement;
    private final CpuBalancer balancer;
    private final CallWishes wishes;
    private final HostCpuDemand demand;

    /** Answer of the first probe; any thread may come first, all get the same answer. */
    private volatile @Nullable Availability probed;

    @Activate
    public TrapPlatform(
            @Reference HostFiles files,
            @Reference HostMemory memory,
            @Reference HostProcesses processes,
            @Reference HostNotifications notifications,
            @Reference HostSystem system) {
        this(
                new HostParts(files, memory, processes, notifications),
                system,
                new CallWishes(Patching.choose(files), Spinning.choose()));
    }

    TrapPlatform(HostParts host, HostSystem system, CallWishes wishes) {
        this.host = host;
        this.system = system;
        this.wishes = wishes;
        HostCpus cpus = host.processes();
        placement = new CpuPlacement(cpus, system.processId());
        demand = new HostCpuDemand(host.files(), placement.allowed());
        balancer = new CpuBalancer(cpus, placement, "moat-trap-balancer");
    }

    /** All sessions are closed. */
    @Deactivate
    @Override
    public void close() {
        balancer.close();
        demand.close();
    }

    @Override
    public Map<String, Object> sharedParts() {
        return Map.of("placement", placement);
    }

    @Override
    public String name() {
        return "trap";
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
            return Availability.no("the trap platform runs on x86-64 only");
        }
        String release = system.name().release();
        if (!isRecent(release)) {
            return Availability.no(
                    "the trap platform needs Linux "
                            + MIN_MAJOR
                            + "."
                            + MIN_MINOR
                            + " (seccomp notifications), this is "
                            + release);
        }
        if ((system.auxiliaryValue(AT_HWCAP2) & FSGSBASE) == 0) {
            return Availability.no("this machine lacks the FSGSBASE instructions");
        }
        return tryToOpen();
    }

    /** Whether a release such as {@code 6.18.44-generic} has what it takes. */
    static boolean isRecent(String release) {
        String[] parts = release.split("[^0-9]+", 3);
        if (parts.length < 2 || parts[0].isEmpty() || parts[1].isEmpty()) {
            return false;
        }
        int major = Integer.parseInt(parts[0]);
        return major > MIN_MAJOR || (major == MIN_MAJOR && Integer.parseInt(parts[1]) >= MIN_MINOR);
    }

    private Availability tryToOpen() {
        int fd = host.memory().createMemoryFile("moat-probe");
        if (HostResult.failed(fd)) {
            return Availability.no("memfd_create fails with errno " + -fd);
        }
        try (PlatformSession session = open(fd)) {
            session.newAddressSpace().close();
            return Availability.YES;
        } catch (IllegalStateException | ErrnoException e) {
            return Availability.no("seccomp notifications do not work here: " + e.getMessage());
        } finally {
            host.files().close(fd);
        }
    }

    @Override
    public Platform with(Map<String, String> settings) {
        return settings.isEmpty()
                ? this
                : new SetPlatform(this, wishes.with(settings, host.files()));
    }

    @Override
    public PlatformSession open(int memoryFd) {
        return open(memoryFd, wishes);
    }

    PlatformSession open(int memoryFd, CallWishes wishes) {
        return new TrapSession(
                host,
                placement,
                new SessionLimits(system.processId(), system.maxMapCount()),
                wishes,
                demand,
                memoryFd);
    }
}

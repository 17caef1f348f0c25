package dev.moat.sandbox;

import dev.moat.api.host.HostFiles;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.MemoryService;
import dev.moat.api.platform.Platform;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.SandboxException;
import dev.moat.api.sandbox.SandboxManager;
import dev.moat.api.sandbox.SandboxSpec;
import dev.moat.api.subsystem.NeedsSubsystem;
import dev.moat.api.swap.CheckpointService;
import dev.moat.api.swap.Revisions;
import dev.moat.api.swap.SandboxRevival;
import dev.moat.api.syscall.SyscallTable;
import dev.moat.api.task.TaskService;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.HostDescriptors;
import dev.moat.api.vfs.TerminalFactory;
import dev.moat.api.vfs.VfsService;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;

/**
 * The sandboxes of this kernel host. References are dynamic and to all revisions: a new sandbox
 * takes the newest one of every service, sandboxes that run keep what they were built from.
 */
@NeedsSubsystem(name = "host")
@NeedsSubsystem(name = "task")
@NeedsSubsystem(name = "syscall")
@NeedsSubsystem(name = "loader")
@NeedsSubsystem(name = "mm")
@NeedsSubsystem(name = "vfs")
@NeedsSubsystem(name = "fs", impl = "tmpfs")
@NeedsSubsystem(name = "fs", impl = "host")
@NeedsSubsystem(name = "platform", choice = NeedsSubsystem.BY_OPERATOR)
@Component
public final class SandboxComponent implements SandboxManager, SandboxRevival {
    private final Revisions revisions;
    private final RankedLock lock = new RankedLock(LockRank.SANDBOX);

    /** Names that are taken, by sandboxes that are being made, too. Guarded by the lock. */
    private final Set<String> names = new HashSet<>();

    /** Guarded by the lock. */
    private final Map<String, KernelSandbox> sandboxes = new LinkedHashMap<>();

    private long nextNumber = 1;

    // Services with their properties; written by declarative services, read once per start.
    @Reference(cardinality = ReferenceCardinality.AT_LEAST_ONE, policy = ReferencePolicy.DYNAMIC)
    private volatile List<Map.Entry<Map<String, Object>, MemoryService>> memoryServices;

    @Reference(cardinality = ReferenceCardinality.AT_LEAST_ONE, policy = ReferencePolicy.DYNAMIC)
    private volatile List<Map.Entry<Map<String, Object>, TaskService>> taskServices;

    @Reference(cardinality = ReferenceCardinality.AT_LEAST_ONE, policy = ReferencePolicy.DYNAMIC)
    private volatile List<Map.Entry<Map<String, Object>, VfsService>> vfsServices;

    @Reference(cardinality = ReferenceCardinality.AT_LEAST_ONE, policy = ReferencePolicy.DYNAMIC)
    private volatile List<Map.Entry<Map<String, Object>, SyscallTable>> syscallTables;

    @Reference(cardinality = ReferenceCardinality.AT_LEAST_ONE, policy = ReferencePolicy.DYNAMIC)
    private volatile List<Map.Entry<Map<String, Object>, HostFiles>> hostFiles;

    @Reference(cardinality = ReferenceCardinality.AT_LEAST_ONE, policy = ReferencePolicy.DYNAMIC)
    private volatile List<Map.Entry<Map<String, Object>, HostDescriptors>> hostDescriptors;

    @Reference(policy = ReferencePolicy.DYNAMIC)
    private volatile List<Map.Entry<Map<String, Object>, TerminalFactory>> terminals;

    @Reference(cardinality = ReferenceCardinality.AT_LEAST_ONE, policy = ReferencePolicy.DYNAMIC)
    private volatile List<Map.Entry<Map<String, Object>, Platform>> platforms;

    /**
     * Wants the file systems without which there is no root, so that this service appears when a
     * sandbox can really start.
     */
    @Reference(policy = ReferencePolicy.DYNAMIC, target = "(moat.filesystem=tmpfs)")
    private volatile FilesystemType tmpfs;

    @Reference(policy = ReferencePolicy.DYNAMIC, target = "(moat.filesystem=host)")
    private volatile FilesystemType host;

    @Activate
    public SandboxComponent(@Reference Revisions revisions) {
        this.revisions = revisions;
    }

    @Override
    public Sandbox start(SandboxSpec spec) {
        String name = reserve(spec.name());
        KernelLeases leases = KernelLeases.open(revisions, name);
        try {
            return start(name, spec, leases);
        } catch (RuntimeException | Error e) {
            forget(name, leases);
            throw e;
        }
    }

    private Sandbox start(String name, SandboxSpec spec, KernelLeases leases) {
        var chosen = new Chosen(leases);
        Platform platform = PlatformChoice.choose(chosen.all(platforms), spec.platform());
        leases.keepPlatform(platform.name());
        var sandbox =
                new KernelSandbox(
                        name,
                        spec,
                        platform.name(),
                        leases,
                        System.currentTimeMillis() * 1_000_000);
        var services =
                new KernelServices(
                        chosen.one(memoryServices, MemoryService.class),
                        chosen.one(taskServices, TaskService.class),
                        chosen.one(vfsServices, VfsService.class),
                        chosen.one(syscallTables, SyscallTable.class),
                        chosen.one(hostFiles, HostFiles.class),
                        chosen.one(hostDescriptors, HostDescriptors.class),
                        chosen.all(terminals).stream().findFirst());
        publish(sandbox);
        new SandboxBuilder(services, platform).build(sandbox, ended -> forget(name, leases));
        return sandbox;
    }

    @Override
    public Revived begin(Sandbox state, CheckpointService.Restore request) {
        if (!(state instanceof KernelSandbox sandbox)) {
            throw new SandboxException(125, "a sandbox of another kind cannot be restored here");
        }
        String name = reserve(Optional.of(request.name().orElse(state.name())));
        KernelLeases leases = sandbox.leases();
        try {
            leases.openAgain(revisions, name);
            var chosen = new Chosen(leases);
            Platform platform = PlatformChoice.choose(chosen.all(platforms), request.platform());
            leases.keepPlatform(platform.name());
            sandbox.adopt(name, platform.name());
            return new SandboxRestoring(
                    sandbox,
                    platform,
                    RestorerStreams.open(chosen.one(hostFiles, HostFiles.class), request.stdio()),
                    this::publish,
                    ended -> forget(name, leases));
        } catch (RuntimeException | Error e) {
            forget(name, leases);
            throw e;
        }
    }

    @Override
    public void condemn(Sandbox sandbox) {
        ((KernelSandbox) sandbox).tasks.get().killAll();
    }

    @Override
    public List<Sandbox> sandboxes() {
        lock.lock();
        try {
            return List.copyOf(sandboxes.values());
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Optional<Sandbox> sandbox(String name) {
        lock.lock();
        try {
            return Optional.ofNullable(sandboxes.get(name));
        } finally {
            lock.unlock();
        }
    }

    /** Ends all sandboxes: nothing of a guest outlives this bundle. */
    @Deactivate
    void stop() {
        for (Sandbox sandbox : sandboxes()) {
            sandbox.kill();
        }
    }

    private String reserve(Optional<String> wanted) {
        lock.lock();
        try {
            String name = wanted.orElseGet(this::freeNameLocked);
            if (!names.add(name)) {
                throw new SandboxException(
                        125,
                        "a sandbox named '"
                                + name
                                + "' is running; choose another --name or end that one");
            }
            return name;
        } finally {
            lock.unlock();
        }
    }

    private String freeNameLocked() {
        String name;
        do {
            name = "box" + nextNumber++;
        } while (names.contains(name));
        return name;
    }

    private void publish(KernelSandbox sandbox) {
        lock.lock();
        try {
            sandboxes.put(sandbox.name(), sandbox);
        } finally {
            lock.unlock();
        }
    }

    private void forget(String name, KernelLeases leases) {
        leases.close();
        lock.lock();
        try {
            sandboxes.remove(name);
            names.remove(name);
        } finally {
            lock.unlock();
        }
    }
}

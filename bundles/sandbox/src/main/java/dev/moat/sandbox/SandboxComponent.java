package dev.moat.sandbox;

import dev.moat.api.exec.ProgramLoader;
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
import dev.moat.api.syscall.SyscallProvider;
import dev.moat.api.syscall.SyscallTable;
import dev.moat.api.task.TaskService;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.HostDescriptors;
import dev.moat.api.vfs.TerminalFactory;
import dev.moat.api.vfs.VfsService;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/**
 * The sandboxes of this kernel host. References are dynamic: a new sandbox takes the newest
 * revision of every service, sandboxes that run keep what they were built from.
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
public final class SandboxComponent implements SandboxManager {
    private final RankedLock lock = new RankedLock(LockRank.SANDBOX);
    private final Map<String, KernelSandbox> sandboxes = new LinkedHashMap<>();
    private long nextNumber = 1;

    // Written by declarative services when a better service appears, read once per start.
    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
    private volatile MemoryService memoryService;

    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
    private volatile TaskService taskService;

    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
    private volatile VfsService vfsService;

    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
    private volatile SyscallTable syscallTable;

    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
    private volatile HostFiles hostFiles;

    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
    private volatile HostDescriptors hostDescriptors;

    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private volatile @Nullable TerminalFactory terminals;

    @Reference(
            cardinality = ReferenceCardinality.AT_LEAST_ONE,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private volatile List<Platform> platforms;

    /**
     * Wants the file systems without which there is no root, so that this service appears when a
     * sandbox can really start.
     */
    @Reference(policy = ReferencePolicy.DYNAMIC, target = "(moat.filesystem=tmpfs)")
    private volatile FilesystemType tmpfs;

    @Reference(policy = ReferencePolicy.DYNAMIC, target = "(moat.filesystem=host)")
    private volatile FilesystemType host;

    /** Known for telling the operator which bundle it is. */
    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
    private volatile ProgramLoader loader;

    @Reference(policy = ReferencePolicy.DYNAMIC, policyOption = ReferencePolicyOption.GREEDY)
    private volatile List<SyscallProvider> callProviders;

    @Override
    public Sandbox start(SandboxSpec spec) {
        Platform platform = PlatformChoice.choose(platforms, spec.platform());
        KernelSandbox sandbox = register(spec, platform);
        try {
            KernelServices services =
                    new KernelServices(
                            memoryService,
                            taskService,
                            vfsService,
                            syscallTable,
                            hostFiles,
                            hostDescriptors,
                            Optional.ofNullable(terminals),
                            loader,
                            callProviders);
            new SandboxBuilder(services, platform).build(sandbox, this::forget);
            return sandbox;
        } catch (RuntimeException | Error e) {
            forget(sandbox);
            throw e;
        }
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

    private KernelSandbox register(SandboxSpec spec, Platform platform) {
        lock.lock();
        try {
            String name = spec.name().orElseGet(this::freeNameLocked);
            if (sandboxes.containsKey(name)) {
                throw new SandboxException(
                        125,
                        "a sandbox named '"
                                + name
                                + "' is running; choose another --name or end that one");
            }
            KernelSandbox sandbox =
                    new KernelSandbox(
                            name, spec, platform.name(), System.currentTimeMillis() * 1_000_000);
            sandboxes.put(name, sandbox);
            return sandbox;
        } finally {
            lock.unlock();
        }
    }

    private String freeNameLocked() {
        String name;
        do {
            name = "box" + nextNumber++;
        } while (sandboxes.containsKey(name));
        return name;
    }

    private void forget(KernelSandbox sandbox) {
        lock.lock();
        try {
            sandboxes.remove(sandbox.name(), sandbox);
        } finally {
            lock.unlock();
        }
    }
}

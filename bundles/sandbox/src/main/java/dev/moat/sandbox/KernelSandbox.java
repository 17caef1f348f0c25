package dev.moat.sandbox;

import dev.moat.api.mm.MemoryService.SandboxMemory;
import dev.moat.api.platform.PlatformSession;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.sandbox.KernelMessages;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.SandboxSpec;
import dev.moat.api.sandbox.UtsName;
import dev.moat.api.swap.HostBound;
import dev.moat.api.swap.KernelBugs;
import dev.moat.api.swap.SafePoint;
import dev.moat.api.swap.Stateful;
import dev.moat.api.syscall.SyscallDispatcher;
import dev.moat.api.task.TaskService.SandboxTasks;
import dev.moat.api.task.Tasks;
import dev.moat.api.time.Clock;
import dev.moat.api.time.TimerService;
import dev.moat.api.vfs.TerminalFactory.Console;
import dev.moat.api.vfs.Vfs;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** One sandbox: where its subsystems find each other. */
@Stateful
final class KernelSandbox implements Sandbox {
    private final Logger logger = LoggerFactory.getLogger(KernelSandbox.class);

    private static final int KERNEL_NOTICE = 5;

    /** LOGLEVEL_INFO of the kernel's own facility. */
    private static final int KERNEL_INFO = 6;

    private String name;
    private final SandboxSpec spec;
    private final KernelLeases leases;
    private final long startedAtNs;
    private final SandboxUts uts;
    private final SafePoint safePoint = new SafePoint();

    @HostBound("nobody has seen any yet")
    private KernelBugs bugs = new KernelBugs();

    private final KernelLog log = new KernelLog();
    private final CompletableFuture<ExitStatus> exited = new CompletableFuture<>();

    /** Changes when the tasks are moved. Volatile: read by operators' threads. */
    private volatile String platformName;

    final Late<SandboxMemory> memory = new Late<>("memory");

    @HostBound("opened when memory is there")
    Late<PlatformSession> platform = new Late<>("platform session");

    final Late<SandboxTasks> tasks = new Late<>("tasks");
    final Late<Vfs> vfs = new Late<>("vfs");
    final Late<SyscallDispatcher> syscalls = new Late<>("system call dispatcher");
    final Late<Console> console = new Late<>("console");
    final Late<StraceOutput> strace = new Late<>("strace output");

    /** Parts of subsystems by name. */
    final SandboxParts parts = new SandboxParts();

    KernelSandbox(
            String name,
            SandboxSpec spec,
            String platformName,
            KernelLeases leases,
            long startedAtNs) {
        this.name = name;
        this.spec = spec;
        this.platformName = platformName;
        this.leases = leases;
        this.startedAtNs = startedAtNs;
        this.uts = new SandboxUts(spec.hostname());
    }

    /** Takes what belongs to this kernel host; before anybody else sees a sandbox that was read. */
    void adopt(String newName, String newPlatformName) {
        name = newName;
        platformName = newPlatformName;
        platform = new Late<>("platform session");
        bugs = new KernelBugs();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public SandboxSpec spec() {
        return spec;
    }

    @Override
    public Tasks tasks() {
        return tasks.get().tasks();
    }

    @Override
    public Vfs vfs() {
        return vfs.get();
    }

    @Override
    public SandboxMemory memory() {
        return memory.get();
    }

    @Override
    public PlatformSession platform() {
        return platform.get();
    }

    @Override
    public String platformName() {
        return platformName;
    }

    @Override
    public SyscallDispatcher syscalls() {
        return syscalls.get();
    }

    @Override
    public Clock clock() {
        return tasks.get().clock();
    }

    @Override
    public TimerService timers() {
        return tasks.get().timers();
    }

    @Override
    public UtsName uts() {
        return uts;
    }

    @Override
    public SafePoint safePoint() {
        return safePoint;
    }

    @Override
    public KernelBugs bugs() {
        return bugs;
    }

    @Override
    public PlatformSession movePlatform(String platformOfTarget, PlatformSession target) {
        tasks.get().movePlatform(target);
        platformName = platformOfTarget;
        return platform.exchange(target);
    }

    /** The first line of a kernel's log is its version, as in linux_banner. */
    void greet() {
        String banner = uts.systemName() + " version " + uts.release() + " " + uts.version();
        log.add(KERNEL_NOTICE, monotonicNs(), banner);
    }

    @Override
    public void log(String line) {
        log.add(KERNEL_INFO, monotonicNs(), line);
        logger.info("{}: {}", name, line);
    }

    @Override
    public void logUserMessage(int priority, String text) {
        long nowNs = monotonicNs();
        log.add(priority, nowNs, text);
        // The operator's log is this kernel's console; guests cannot flood it.
        if (log.settings().reachesConsole(priority & 7) && log.mayTellOperator(nowNs)) {
            logger.info("{}: {}", name, text.strip().replaceAll("[^ -~]", "?"));
        }
    }

    private long monotonicNs() {
        @Nullable SandboxTasks known = tasks.orNull();
        return known == null ? 0 : known.clock().monotonicNs();
    }

    @Override
    public KernelMessages messages() {
        return log;
    }

    @Override
    public List<String> collectLog() {
        return log.collectLines();
    }

    @Override
    public CompletableFuture<ExitStatus> exited() {
        return exited;
    }

    @Override
    public KernelLeases leases() {
        return leases;
    }

    @Override
    public long startedAtNs() {
        return startedAtNs;
    }

    @Override
    public void resizeTerminal(int rows, int columns) {
        @Nullable Console terminal = console.orNull();
        if (terminal != null) {
            terminal.resize(rows, columns);
        }
    }

    @Override
    public AutoCloseable part(String partName, Supplier<? extends AutoCloseable> maker) {
        return parts.get(partName, maker);
    }

    @Override
    public void kill() {
        // What is carried over must not be ended meanwhile in its former shape.
        safePoint.keepOut();
        try {
            tasks.get().close();
        } finally {
            safePoint.letIn();
        }
        exited.join();
    }
}

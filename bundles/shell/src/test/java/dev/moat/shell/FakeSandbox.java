package dev.moat.shell;

import dev.moat.api.mm.MemoryService.SandboxMemory;
import dev.moat.api.platform.PlatformSession;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.sandbox.KernelMessages;
import dev.moat.api.sandbox.ProcessSpec;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.SandboxSpec;
import dev.moat.api.sandbox.Stdio;
import dev.moat.api.sandbox.UtsName;
import dev.moat.api.swap.KernelBugs;
import dev.moat.api.swap.Leases;
import dev.moat.api.swap.Revisions.Revision;
import dev.moat.api.swap.SafePoint;
import dev.moat.api.swap.Use;
import dev.moat.api.syscall.SyscallDispatcher;
import dev.moat.api.task.Tasks;
import dev.moat.api.time.Clock;
import dev.moat.api.time.TimerService;
import dev.moat.api.vfs.Vfs;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;

/** A sandbox without a kernel: it has a name and an end. */
final class FakeSandbox implements Sandbox {
    private final String name;
    private final CompletableFuture<ExitStatus> exited = new CompletableFuture<>();

    FakeSandbox(String name) {
        this.name = name;
    }

    FakeSandbox ended(ExitStatus status) {
        exited.complete(status);
        return this;
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public SandboxSpec spec() {
        var process = new ProcessSpec(List.of("sleep", "5"), List.of(), "/", ProcessSpec.User.ROOT);
        return new SandboxSpec(
                Optional.of(name),
                Optional.empty(),
                Optional.empty(),
                Long.MAX_VALUE,
                "moat",
                List.of(),
                process,
                Stdio.Inherit.OWN,
                Optional.empty());
    }

    @Override
    public String platformName() {
        return "fake";
    }

    @Override
    public CompletableFuture<ExitStatus> exited() {
        return exited;
    }

    @Override
    public long startedAtNs() {
        return System.currentTimeMillis() * 1_000_000;
    }

    @Override
    public AutoCloseable part(String partName, Supplier<? extends AutoCloseable> maker) {
        throw new UnsupportedOperationException();
    }

    @Override
    public void kill() {
        exited.complete(ExitStatus.killed(9));
    }

    @Override
    public SafePoint safePoint() {
        throw new AssertionError("has no safe point");
    }

    @Override
    public PlatformSession movePlatform(String name, PlatformSession target) {
        throw new AssertionError("has no platform");
    }

    @Override
    public void log(String line) {}

    @Override
    public void logUserMessage(int priority, String text) {}

    @Override
    public KernelMessages messages() {
        throw new AssertionError("has no messages");
    }

    @Override
    public List<String> collectLog() {
        return List.of();
    }

    @Override
    public KernelBugs bugs() {
        return new KernelBugs();
    }

    @Override
    public Leases leases() {
        return new FakeLeases(
                new Use(
                        new Revision(9, "dev.example.vfs", "1.2.3", List.of("vfs"), "file:/x", 1),
                        1_700_000_000_000_000_000L));
    }

    @Override
    public void resizeTerminal(int rows, int columns) {}

    @Override
    public Tasks tasks() {
        throw new AssertionError("has no tasks");
    }

    @Override
    public Vfs vfs() {
        throw new AssertionError("has no files");
    }

    @Override
    public SandboxMemory memory() {
        throw new AssertionError("has no memory");
    }

    @Override
    public PlatformSession platform() {
        throw new AssertionError("has no platform");
    }

    @Override
    public SyscallDispatcher syscalls() {
        throw new AssertionError("has no system calls");
    }

    @Override
    public Clock clock() {
        throw new AssertionError("has no clock");
    }

    @Override
    public TimerService timers() {
        throw new AssertionError("has no timers");
    }

    @Override
    public UtsName uts() {
        throw new AssertionError("has no name");
    }
}

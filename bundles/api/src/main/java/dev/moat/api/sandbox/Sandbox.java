package dev.moat.api.sandbox;

import dev.moat.api.mm.MemoryService.SandboxMemory;
import dev.moat.api.platform.PlatformSession;
import dev.moat.api.swap.KernelBugs;
import dev.moat.api.swap.Leases;
import dev.moat.api.swap.SafePoint;
import dev.moat.api.syscall.SyscallDispatcher;
import dev.moat.api.task.Tasks;
import dev.moat.api.time.Clock;
import dev.moat.api.time.TimerService;
import dev.moat.api.vfs.Vfs;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Supplier;
import org.osgi.annotation.versioning.ProviderType;

/** One isolated kernel instance: the place where its subsystems find each other. Thread safe. */
@ProviderType
public interface Sandbox {
    String name();

    SandboxSpec spec();

    Tasks tasks();

    Vfs vfs();

    SandboxMemory memory();

    PlatformSession platform();

    /** Name of the platform it runs on. */
    String platformName();

    SyscallDispatcher syscalls();

    Clock clock();

    TimerService timers();

    UtsName uts();

    /** Where all tasks stand still while a part of the kernel is exchanged. */
    SafePoint safePoint();

    /**
     * Moves all tasks and their memory to another platform, all or nothing; at the safe point.
     *
     * @param name of the platform
     * @param target opened on the memory file of this sandbox, which owns it from then on
     * @return the former session, for the caller to close; best when tasks go on already
     * @throws dev.moat.api.swap.SwapException they cannot be moved; nothing has changed
     * @throws dev.moat.abi.ErrnoException as above: the host has no more room
     */
    PlatformSession movePlatform(String name, PlatformSession target);

    /** Where the kernel's own failures in this sandbox are told. */
    KernelBugs bugs();

    /** The sandbox's kernel log (dmesg, {@code moat:logs}): one line, no newline. */
    void log(String line);

    /**
     * A message of a user in the kernel log; the operator is told of some.
     *
     * @param priority facility times 8 plus level
     * @param text a guest string; cut at {@link KernelMessages#TEXT_BYTES}
     */
    void logUserMessage(int priority, String text);

    /** The kernel log as guests read it. */
    KernelMessages messages();

    /** The last lines of the log, oldest first. */
    List<String> collectLog();

    /** Completes with the first process' end, when the whole sandbox is down. */
    CompletableFuture<ExitStatus> exited();

    /** The bundles that serve this sandbox, by subsystem. */
    Leases leases();

    /** Host time of start, realtime nanoseconds. */
    long startedAtNs();

    /** Tells the sandbox' terminal, if it has one, that the window changed. */
    void resizeTerminal(int rows, int columns);

    /**
     * What a subsystem keeps for this sandbox, made by {@code maker} when it is first asked for and
     * closed when the sandbox ends. It is state of the sandbox: a subsystem that kept it in a table
     * of its own would lose it when it is swapped.
     *
     * @param name {@code subsystem.part}
     * @param maker called at most once, under a lock of rank {@code SANDBOX}
     */
    AutoCloseable part(String name, Supplier<? extends AutoCloseable> maker);

    /** Ends all processes; returns when everything is released. */
    void kill();
}

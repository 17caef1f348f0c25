package dev.moat.sandbox;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.api.cgroup.Cgroups;
import dev.moat.api.mm.MemoryService.SandboxMemory;
import dev.moat.api.platform.Platform;
import dev.moat.api.platform.PlatformSession;
import dev.moat.api.sandbox.SandboxException;
import dev.moat.api.sandbox.SandboxSpec;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.TaskService.SandboxTasks;
import dev.moat.api.task.TaskService.Started;
import dev.moat.api.vfs.FdTable;
import dev.moat.api.vfs.FsContext;
import dev.moat.api.vfs.Vfs;
import java.util.concurrent.CompletionException;
import java.util.function.Consumer;

/** The order in which a sandbox comes up: memory, platform, tasks, file systems, first process. */
final class SandboxBuilder {
    private static final int DEFAULT_UMASK = 022;

    private final KernelServices services;
    private final Platform platform;

    SandboxBuilder(KernelServices services, Platform platform) {
        this.services = services;
        this.platform = platform;
    }

    /**
     * Brings {@code sandbox} up and starts its first process. If anything fails, all that was built
     * is taken down again.
     *
     * @param ended called when the sandbox is down, before its future completes
     * @throws SandboxException one line for the operator
     */
    void build(KernelSandbox sandbox, Consumer<KernelSandbox> ended) {
        Teardown teardown = new Teardown(sandbox);
        try {
            assemble(sandbox);
            Started started = startProcess(sandbox);
            awaitLoaded(sandbox, started);
            new Ending(sandbox, teardown, ended).follow(started.exited());
        } catch (ErrnoException e) {
            teardown.run();
            throw new SandboxException(
                    125,
                    "cannot start sandbox '" + sandbox.name() + "': " + e.errno().message(),
                    e);
        } catch (RuntimeException | Error e) {
            teardown.run();
            throw e;
        }
    }

    private void assemble(KernelSandbox sandbox) {
        SandboxSpec spec = sandbox.spec();
        RootLayout layout = new RootLayout(services.hostFiles(), spec);
        layout.check();
        SandboxMemory memory = services.memory().create(sandbox.name(), spec.memoryLimitBytes());
        sandbox.memory.set(memory);
        PlatformSession session = platform.open(memory.file().hostFd());
        sandbox.platform.set(session);
        sandbox.syscalls.set(services.syscalls().newDispatcher(sandbox.name(), sandbox.leases()));
        sandbox.tasks.set(services.tasks().create(sandbox, session, memory));
        sandbox.greet();
        Cgroups.of(sandbox).limitRoot(spec.cpuLimit(), spec.taskLimit());
        Vfs vfs = services.vfs().create(sandbox);
        sandbox.vfs.set(vfs);
        layout.mountAll(vfs);
        spec.strace()
                .ifPresent(target -> {
                    StraceOutput output = StraceOutput.open(target);
                    sandbox.strace.set(output);
                    sandbox.syscalls().startStrace(output);
                });
    }

    private Started startProcess(KernelSandbox sandbox) {
        Vfs vfs = sandbox.vfs();
        SandboxTasks tasks = sandbox.tasks.get();
        String directory = sandbox.spec().process().workingDirectory();
        makeWorkingDirectory(vfs, directory);
        FsContext fs =
                vfs.newFsContext(
                        vfs.root(),
                        vfs.resolve(
                                vfs.root(),
                                vfs.root(),
                                directory,
                                Credentials.KERNEL,
                                Vfs.Follow.YES),
                        DEFAULT_UMASK);
        FdTable files = vfs.newFdTable();
        new StandardStreams(services, sandbox).install(files);
        return tasks.start(sandbox.spec().process(), files, fs);
    }

    private static void makeWorkingDirectory(Vfs vfs, String directory) {
        try {
            vfs.makeDirectories(directory);
        } catch (ErrnoException e) {
            if (e.errno() == Errno.EROFS) {
                throw new SandboxException(
                        125,
                        "no directory "
                                + directory
                                + " to work in, and the root is read-only (a kernel without overlay)",
                        e);
            }
            throw e;
        }
    }

    /** Turns an image that cannot be executed into Docker's exit codes. */
    private static void awaitLoaded(KernelSandbox sandbox, Started started) {
        try {
            started.loaded().join();
        } catch (CompletionException e) {
            String program = sandbox.spec().process().arguments().getFirst();
            if (e.getCause() instanceof ErrnoException failure) {
                throw notRunnable(program, failure.errno(), failure);
            }
            throw new SandboxException(
                    125, "cannot start '" + program + "': a bug in the kernel: " + e.getCause(), e);
        }
    }

    private static SandboxException notRunnable(String program, Errno errno, ErrnoException cause) {
        return switch (errno) {
            case ENOENT ->
                    new SandboxException(
                            127,
                            "cannot run '"
                                    + program
                                    + "': no such file in the sandbox; check the path, PATH and --rootfs",
                            cause);
            case ENOEXEC, ELIBBAD, EINVAL ->
                    new SandboxException(
                            126,
                            "cannot run '"
                                    + program
                                    + "': it is neither an x86-64 Linux program nor a script with #!",
                            cause);
            default ->
                    new SandboxException(
                            126, "cannot run '" + program + "': " + errno.message(), cause);
        };
    }
}

package dev.moat.task.process;

import dev.moat.abi.Errno;
import dev.moat.abi.Prctl;
import dev.moat.abi.PtraceConstants;
import dev.moat.abi.Signals;
import dev.moat.abi.UserRegs;
import dev.moat.api.exec.ProgramLoader;
import dev.moat.api.mm.MemoryManager;
import dev.moat.api.platform.Registers;
import dev.moat.api.sandbox.ProcessSpec;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.WaitSuspended;
import dev.moat.api.vfs.FdTable;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.VfsPath;
import java.util.List;

/**
 * Replaces the program of a task: the work of execve(2), on the task's own thread. Source:
 * fs/exec.c.
 */
public final class Execution {
    /** Bit 1 is always set, bit 9 is the interrupt flag. */
    private static final long INITIAL_EFLAGS = 0x202;

    private final TaskServices services;
    private final GuestTask task;

    /**
     * What to run.
     *
     * @param file open executable, the caller's
     * @param path as given, for AT_EXECFN and scripts
     */
    public record Program(
            FileDescription file, String path, List<String> arguments, List<String> environment) {}

    /** A program that waits until the other tasks of the process are gone. */
    private record Loaded(
            ProgramLoader.Image image, ExecCredentials credentials, MemoryManager target) {}

    public Execution(TaskServices services, GuestTask task) {
        this.services = services;
        this.task = task;
    }

    /**
     * Opens an executable file, checking that it may be executed.
     *
     * @return a description with one reference, owned by the caller
     * @throws dev.moat.abi.ErrnoException EACCES: no regular file, no permission, or mounted
     *     noexec; ETXTBSY
     */
    public FileDescription open(VfsPath path) {
        return services.sandbox().vfs().openProgram(task, path);
    }

    /**
     * Runs a program in place of the current one.
     *
     * @throws dev.moat.abi.ErrnoException what execve(2) gives; the task is then unchanged
     */
    public void execute(Program program) {
        ExecCredentials credentials = ExecCredentials.of(task, program.file());
        MemoryManager target = services.memory().newMemoryManager(services.platform().get());
        ProgramLoader.Image image;
        try {
            image = load(program, credentials, target);
        } catch (RuntimeException | Error e) {
            target.release();
            throw e;
        }
        finish(new Loaded(image, credentials, target));
    }

    /** Goes on where the safe point interrupted {@link #execute}; false if it did not. */
    public boolean resume() {
        Loaded loaded = task.resumption().take(Loaded.class);
        if (loaded == null) {
            return false;
        }
        finish(loaded);
        return true;
    }

    private void finish(Loaded loaded) {
        int formerTid = task.tid();
        try {
            becomeOnlyTask();
        } catch (WaitSuspended e) {
            task.resumption().keep(loaded);
            throw e;
        } catch (RuntimeException | Error e) {
            loaded.image().executable().release();
            loaded.target().release();
            throw e;
        }
        commit(loaded.image(), loaded.credentials(), loaded.target());
        tellTracer(formerTid);
    }

    private void tellTracer(int formerTid) {
        Tracing tracing = task.tracing();
        if (tracing.wants(PtraceConstants.PTRACE_EVENT_EXEC)) {
            tracing.pendEvent(PtraceConstants.PTRACE_EVENT_EXEC, formerTid);
        } else if (tracing.isTraced() && !tracing.isSeized()) {
            task.signals().send(TaskSignals.fromUser(task, Signals.SIGTRAP));
        }
    }

    /**
     * Runs the first program of a task that an operator started: PATH is searched as a shell does.
     */
    void start(ProcessSpec spec) {
        String name = spec.arguments().getFirst();
        VfsPath path =
                new ProgramSearch(services.sandbox().vfs(), task).find(name, spec.environment());
        FileDescription file = open(path);
        try {
            String shown = services.sandbox().vfs().pathOf(path, task.fs().root());
            execute(
                    new Program(
                            file,
                            name.indexOf('/') >= 0 ? name : shown,
                            spec.arguments(),
                            spec.environment()));
        } finally {
            file.release();
        }
    }

    private ProgramLoader.Image load(
            Program program, ExecCredentials credentials, MemoryManager target) {
        target.setLimits(task.group().limits());
        target.setHugePageUse(task.memory().hugePageUse());
        return services.loader()
                .get(services.sandbox())
                .load(
                        task,
                        new ProgramLoader.Request(
                                program.file(),
                                program.path(),
                                program.arguments(),
                                program.environment(),
                                credentials.credentials(),
                                credentials.secure()),
                        target);
    }

    /** Ends all other tasks of the process and takes the leader's place: de_thread. */
    private void becomeOnlyTask() {
        GuestGroup group = task.group();
        SignalSender sender = services.sender();
        sender.lock.lock();
        try {
            if (group.signals.exit != null || group.signals.execing != null) {
                throw Errno.EAGAIN.exception();
            }
            group.signals.execing = task;
            for (GuestTask other : group.live) {
                if (other != task) {
                    other.signals().killLocked();
                }
            }
        } finally {
            sender.lock.unlock();
        }
        try {
            Blocker.Outcome outcome =
                    task.blocker()
                            .awaitUninterruptibly(() -> group.live.size() == 1, Blocker.FOREVER);
            if (outcome != Blocker.Outcome.READY) {
                throw Errno.EAGAIN.exception();
            }
            if (group.leader() != task) {
                replaceLeader();
            }
        } finally {
            sender.lock.lock();
            group.signals.execing = null;
            sender.lock.unlock();
        }
    }

    private void replaceLeader() {
        ProcessTree tree = services.tree();
        tree.lock.lock();
        try {
            tree.becomeLeaderLocked(task);
        } finally {
            tree.lock.unlock();
        }
    }

    /** The point of no return is passed: nothing here fails. */
    private void commit(
            ProgramLoader.Image image, ExecCredentials credentials, MemoryManager target) {
        GuestGroup group = task.group();
        MemoryManager old = task.memory();
        services.futexes().exitOwner(task, task.futexOwner(), old);
        group.timers().closePosixTimers();
        task.loop().replaceContext();
        task.tracing().registers().debug().clear();
        // Before others can see the exec by the new command line or a closed descriptor.
        task.setName(image.name());
        group.executed = true;
        group.forgetBarriers();
        task.setMemory(target);
        if (task.namespaces().changesTime()) {
            task.exchangeNamespaces(task.namespaces().enterTime()).release();
        }
        task.keyrings().programReplaced();
        task.endVfork();
        if (old.users() == 1) {
            Usage used = Usage.of(old.stats());
            group.addEnded(used);
            services.tree().addEnded(used);
        }
        old.release();
        unshareFiles();
        task.files().closeOnExec(task);
        task.registeredRings().clear();
        resetSignals(group);
        task.filters().setDispatch(null);
        applyCredentials(group, credentials);
        group.setExecutable(image.executable());
        group.exitSignal = Signals.SIGCHLD;
        task.takeRestart();
        setRegisters(image);
    }

    private void unshareFiles() {
        FdTable shared = task.files();
        if (shared.users() > 1) {
            task.exchangeFiles(shared.fork());
            shared.release(task);
        }
    }

    private void resetSignals(GuestGroup group) {
        SignalSender sender = services.sender();
        sender.lock.lock();
        try {
            group.signals.actions = group.signals.actions.afterExec();
        } finally {
            sender.lock.unlock();
        }
        task.alternateStack().forget();
        task.signals().forgetSavedMask();
    }

    private void applyCredentials(GuestGroup group, ExecCredentials exec) {
        Credentials before = task.credentials();
        Credentials after = exec.credentials();
        boolean sameUser =
                after.effectiveUid() == after.uid() && after.effectiveGid() == after.gid();
        group.setDumpable(sameUser ? Prctl.SUID_DUMP_USER : Prctl.SUID_DUMP_DISABLE);
        if (before.effectiveUid() != after.effectiveUid()
                || before.effectiveGid() != after.effectiveGid()) {
            task.setParentDeathSignal(0);
        }
        task.setCredentials(after);
    }

    private void setRegisters(ProgramLoader.Image image) {
        Registers registers = task.registers();
        registers.set(UserRegs.RIP, image.entry());
        registers.set(UserRegs.RSP, image.stackPointer());
        registers.set(UserRegs.EFLAGS, INITIAL_EFLAGS);
        task.registersReplaced();
    }
}

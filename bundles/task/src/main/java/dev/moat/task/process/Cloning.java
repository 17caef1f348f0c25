package dev.moat.task.process;

import static dev.moat.abi.CloneFlags.CLONE_CHILD_CLEARTID;
import static dev.moat.abi.CloneFlags.CLONE_CHILD_SETTID;
import static dev.moat.abi.CloneFlags.CLONE_CLEAR_SIGHAND;
import static dev.moat.abi.CloneFlags.CLONE_FILES;
import static dev.moat.abi.CloneFlags.CLONE_FS;
import static dev.moat.abi.CloneFlags.CLONE_IO;
import static dev.moat.abi.CloneFlags.CLONE_PARENT;
import static dev.moat.abi.CloneFlags.CLONE_PARENT_SETTID;
import static dev.moat.abi.CloneFlags.CLONE_PIDFD;
import static dev.moat.abi.CloneFlags.CLONE_PTRACE;
import static dev.moat.abi.CloneFlags.CLONE_SETTLS;
import static dev.moat.abi.CloneFlags.CLONE_SIGHAND;
import static dev.moat.abi.CloneFlags.CLONE_SYSVSEM;
import static dev.moat.abi.CloneFlags.CLONE_THREAD;
import static dev.moat.abi.CloneFlags.CLONE_UNTRACED;
import static dev.moat.abi.CloneFlags.CLONE_VFORK;
import static dev.moat.abi.CloneFlags.CLONE_VM;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.PtraceConstants;
import dev.moat.abi.Restart;
import dev.moat.abi.Rlimits;
import dev.moat.abi.Signals;
import dev.moat.abi.UserRegs;
import dev.moat.api.cgroup.Cgroup;
import dev.moat.api.cgroup.Cgroups;
import dev.moat.api.mm.HeapAccount;
import dev.moat.api.mm.MemoryManager;
import dev.moat.api.namespace.Namespace;
import dev.moat.api.namespace.NamespaceKind;
import dev.moat.api.namespace.Namespaces;
import dev.moat.api.namespace.PidView;
import dev.moat.api.platform.ContextState;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.WaitSuspended;
import dev.moat.api.vfs.FdTable;
import dev.moat.api.vfs.FsContext;
import dev.moat.api.vfs.VfsSettings;
import dev.moat.task.signal.SignalActions;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Makes tasks: the work of clone(2), on the parent's thread. Source: kernel/fork.c. */
public final class Cloning {
    private final TaskServices services;
    private final GuestTask parent;

    /**
     * What clone(2) asks for; flags are already checked.
     *
     * @param stackPointer initial rsp, 0: the parent's
     * @param wantedTids numbers for the child, from its own pid namespace on upwards
     * @param cgroup for the child, null: the parent's
     */
    public record Request(
            long flags,
            int exitSignal,
            long stackPointer,
            long tls,
            long parentTidAddr,
            long childTidAddr,
            long pidfdAddr,
            List<Integer> wantedTids,
            @Nullable Cgroup cgroup) {
        boolean has(long flag) {
            return (flags & flag) != 0;
        }
    }

    public Cloning(TaskServices services, GuestTask parent) {
        this.services = services;
        this.parent = parent;
    }

    /**
     * Makes the task and lets it run.
     *
     * @return its id; or a restart code while a signal waits: the parent takes that first
     */
    public long run(Request request) {
        GuestTask pending = parent.resumption().take(GuestTask.class);
        if (pending != null) {
            return awaitVfork(pending);
        }
        if (parent.signals().interruptPending()) {
            return -Restart.ERESTARTNOINTR;
        }
        checkProcessLimit();
        HeapAccount.checkRoom();
        if (!request.has(CLONE_FILES)) {
            parent.files().checkCopy();
        }
        FsContext fs = shareFs(request);
        Namespaces namespaces;
        NewUser user;
        try {
            user = NewUser.of(parent, request.flags());
            namespaces = NewNamespaces.of(parent, request.flags(), fs, user);
            if (!request.has(CLONE_VM) && namespaces.changesTime()) {
                Namespaces born = namespaces;
                namespaces = born.enterTime();
                born.release();
            }
        } catch (RuntimeException | Error e) {
            fs.release();
            throw e;
        }
        PidView pids = PidView.of(namespaces.get(NamespaceKind.PID));
        int tid;
        try {
            int limit = services.sandbox().vfs().settings().get(VfsSettings.Setting.PID_MAX);
            tid = services.tree().allocateTid(pids, request.wantedTids(), limit);
        } catch (RuntimeException | Error e) {
            fs.release();
            namespaces.release();
            throw e;
        }
        GuestTask child;
        try {
            child = make(request, tid, pids, fs, namespaces, user);
        } catch (RuntimeException | Error e) {
            services.tree().releaseTid(tid);
            throw e;
        }
        if (request.has(CLONE_VFORK)) {
            child.beginVfork();
        }
        int event = eventOf(request);
        try {
            publish(request, child);
            child.loop().start();
        } catch (RuntimeException | Error e) {
            TaskExit.abandon(services, child);
            throw e;
        }
        if (event != 0) {
            parent.tracing().pendEvent(event, tid);
        }
        if (!request.has(CLONE_VFORK)) {
            return parent.pids().seen(tid);
        }
        if (event != 0) {
            // The tracer is told before the wait: the call is made again behind its stop.
            parent.resumption().suspend(Blocker.FOREVER);
            parent.resumption().keep(child);
            throw WaitSuspended.INSTANCE;
        }
        return awaitVfork(child);
    }

    /** What a tracer of the parent wants to be told; 0: nothing. */
    private int eventOf(Request request) {
        int event = PtraceConstants.PTRACE_EVENT_FORK;
        if (request.has(CLONE_UNTRACED)) {
            return 0;
        } else if (request.has(CLONE_VFORK)) {
            event = PtraceConstants.PTRACE_EVENT_VFORK;
        } else if (request.exitSignal() != Signals.SIGCHLD || request.has(CLONE_THREAD)) {
            event = PtraceConstants.PTRACE_EVENT_CLONE;
        }
        return parent.tracing().wants(event) ? event : 0;
    }

    /** Only SIGKILL ends this wait early: kernel/fork.c wait_for_vfork_done. */
    private long awaitVfork(GuestTask child) {
        Blocker.Outcome outcome;
        try {
            outcome =
                    parent.blocker()
                            .blockUninterruptibly(
                                    child.vforkEvents(),
                                    () -> !child.isVforkPending(),
                                    Blocker.FOREVER);
        } catch (WaitSuspended e) {
            parent.resumption().keep(child);
            throw e;
        }
        assert outcome != Blocker.Outcome.TIMED_OUT;
        if (parent.tracing().wants(PtraceConstants.PTRACE_EVENT_VFORK_DONE)) {
            parent.tracing().pendEvent(PtraceConstants.PTRACE_EVENT_VFORK_DONE, child.tid());
        }
        return parent.pids().seen(child.tid());
    }

    private void checkProcessLimit() {
        long limit = parent.group().limits().soft(Rlimits.RLIMIT_NPROC);
        Credentials credentials = parent.credentials();
        if (limit == Long.MAX_VALUE
                || credentials.uid() == 0
                || credentials.can(Capabilities.CAP_SYS_RESOURCE)
                || credentials.can(Capabilities.CAP_SYS_ADMIN)) {
            return;
        }
        long count = 0;
        for (GuestGroup group : services.tree().collectGroups()) {
            for (GuestTask task : group.liveTasks()) {
                if (task.credentials().uid() == credentials.uid()) {
                    count++;
                }
            }
        }
        if (count >= limit) {
            throw Errno.EAGAIN.exception();
        }
    }

    private GuestTask make(
            Request request,
            int tid,
            PidView pids,
            FsContext fs,
            Namespaces namespaces,
            NewUser user) {
        ContextState state = childState(request);
        MemoryManager memory;
        if (request.has(CLONE_VM)) {
            memory = parent.memory();
            memory.retain();
        } else {
            memory = forkMemory(fs, namespaces);
        }
        FdTable files = share(request);
        GuestGroup group =
                request.has(CLONE_THREAD) ? parent.group() : newGroup(request, tid, pids, memory);
        GuestTask child =
                new GuestTask(
                        services,
                        group,
                        tid,
                        new TaskParts(
                                memory,
                                files,
                                fs,
                                user.credentials(),
                                namespaces,
                                parent.cgroup(),
                                parent.name(),
                                request.has(CLONE_IO)
                                        ? parent.scheduling().forkedSharingIo()
                                        : parent.scheduling().forked(),
                                new Launch.Copy(state)));
        child.signals().copyFrom(parent.signals());
        child.setPersonality(parent.personality());
        if (request.has(CLONE_SYSVSEM)) {
            child.exchangeUndoGroup(parent.shareUndoGroup());
        }
        child.keyrings().copyFrom(parent.keyrings(), request.has(CLONE_THREAD));
        child.scheduling().beginWithSlack(parent.timerSlackNs());
        child.setTimerSlackNs(parent.timerSlackNs());
        boolean ownStack = (request.flags() & (CLONE_VM | CLONE_VFORK)) == CLONE_VM;
        if (ownStack) {
            child.alternateStack().disable();
        } else {
            child.alternateStack().copyFrom(parent.alternateStack());
        }
        if (request.has(CLONE_CHILD_SETTID)) {
            child.futexOwner().setChildTidToStore(request.childTidAddr());
        }
        if (request.has(CLONE_CHILD_CLEARTID)) {
            child.futexOwner().setClearTidAddr(request.childTidAddr());
        }
        try {
            link(request, child);
            if (!request.has(CLONE_THREAD)) {
                group.timers().cpuLimitChanged();
            }
        } catch (RuntimeException | Error e) {
            TaskExit.releaseParts(child);
            throw e;
        }
        return child;
    }

    private MemoryManager forkMemory(FsContext fs, Namespaces namespaces) {
        try {
            MemoryManager memory = parent.memory().fork();
            Namespace time = namespaces.get(NamespaceKind.TIME);
            return time == parent.namespaces().get(NamespaceKind.TIME)
                    ? memory
                    : withClocks(memory, time);
        } catch (RuntimeException | Error e) {
            fs.release();
            namespaces.release();
            throw e;
        }
    }

    /** The address space of a child that begins in another time namespace. */
    private MemoryManager withClocks(MemoryManager memory, Namespace time) {
        try {
            services.loader().setClocks(services.sandbox(), memory, time);
            return memory;
        } catch (RuntimeException | Error e) {
            memory.release();
            throw e;
        }
    }

    private ContextState childState(Request request) {
        ContextState state = ContextState.of(parent.context());
        long[] registers = state.registers();
        registers[UserRegs.RAX] = 0;
        registers[UserRegs.ORIG_RAX] = -1;
        if (request.stackPointer() != 0) {
            registers[UserRegs.RSP] = request.stackPointer();
        }
        if (request.has(CLONE_SETTLS)) {
            registers[UserRegs.FS_BASE] = request.tls();
        }
        return state;
    }

    private FdTable share(Request request) {
        FdTable files = parent.files();
        if (request.has(CLONE_FILES)) {
            files.retain();
            return files;
        }
        return files.fork();
    }

    private FsContext shareFs(Request request) {
        FsContext fs = parent.fs();
        if (request.has(CLONE_FS)) {
            fs.retain();
            return fs;
        }
        return fs.fork();
    }

    private GuestGroup newGroup(Request request, int tid, PidView pids, MemoryManager memory) {
        GuestGroup own = parent.group();
        SignalActions actions;
        services.sender().lock.lock();
        try {
            if (request.has(CLONE_SIGHAND)) {
                actions = own.signals.actions;
            } else if (request.has(CLONE_CLEAR_SIGHAND)) {
                actions = own.signals.actions.withoutHandlers();
            } else {
                actions = own.signals.actions.copy();
            }
        } finally {
            services.sender().lock.unlock();
        }
        GuestGroup group = new GuestGroup(services, tid, pids, own.limits().copy(tid), actions);
        group.exitSignal = request.exitSignal();
        group.setDumpable(own.dumpable());
        group.setCoreFilter(own.coreFilter());
        group.setOomScore(own.oomScoreAdjustment(), own.oomScoreMinimum());
        group.copyBarriers(own);
        group.setExecutable(own.shareExecutable());
        if (!request.has(CLONE_VM)) {
            memory.setLimits(group.limits());
        }
        if (request.has(CLONE_PARENT)) {
            group.parent = own.parent;
            group.parentThread = own.parentThread;
            group.exitSignal = own.exitSignal;
        } else {
            group.parent = own;
            group.parentThread = parent;
        }
        return group;
    }

    /** From here on the child can be found, signalled and waited for. */
    private void link(Request request, GuestTask child) {
        Cgroup named = request.cgroup();
        Cgroup cgroup = named == null ? parent.cgroup() : named;
        services.cgroups().join(child, cgroup, named != null);
        try {
            linkTree(request, child);
        } catch (RuntimeException | Error e) {
            services.cgroups().leave(child);
            Cgroups.uncharge(child.cgroup());
            throw e;
        }
    }

    private void linkTree(Request request, GuestTask child) {
        ProcessTree tree = services.tree();
        tree.lock.lock();
        services.sender().lock.lock();
        try {
            boolean killed = parent.signals().isKilled() || child.group().signals.exit != null;
            if (killed || tree.isClosingLocked()) {
                // The parent is about to end, too, or the child's control group was killed.
                throw Errno.ENOMEM.exception();
            }
            child.filters().copyLocked(parent.filters());
            if (request.has(CLONE_PTRACE) || eventOf(request) != 0) {
                child.tracing().inheritLocked(parent.tracing());
            }
            if (request.has(CLONE_THREAD)) {
                tree.addTaskLocked(child.group(), child);
            } else {
                ProcessGroup processGroup = parent.group().processGroup;
                if (processGroup == null) {
                    throw new IllegalStateException(parent + " is in no process group");
                }
                tree.addGroupLocked(child.group(), child, processGroup);
            }
        } finally {
            services.sender().lock.unlock();
            tree.lock.unlock();
        }
    }

    /** Tells the parent the child's id where it asked for it. */
    private void publish(Request request, GuestTask child) {
        if (request.has(CLONE_PIDFD)) {
            PidDescription file =
                    request.has(CLONE_THREAD)
                            ? new PidDescription(child, 0)
                            : new PidDescription(child.group(), 0);
            int fd = parent.files().install(parent, file, true);
            parent.user().writeInt(request.pidfdAddr(), fd);
        }
        if (request.has(CLONE_PARENT_SETTID)) {
            parent.user().writeInt(request.parentTidAddr(), parent.pids().seen(child.tid()));
        }
    }
}

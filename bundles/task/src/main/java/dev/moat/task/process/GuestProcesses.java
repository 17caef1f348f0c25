package dev.moat.task.process;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.Signals;
import dev.moat.api.cgroup.Cgroup;
import dev.moat.api.cgroup.Cgroups;
import dev.moat.api.host.HostProcesses;
import dev.moat.api.host.HostSystem;
import dev.moat.api.mm.MemoryManager;
import dev.moat.api.mm.MemoryService.SandboxMemory;
import dev.moat.api.namespace.Namespaces;
import dev.moat.api.namespace.PidView;
import dev.moat.api.platform.PlatformSession;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.sandbox.ProcessSpec;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Stateful;
import dev.moat.api.swap.TaskThreads;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.TaskService.SandboxTasks;
import dev.moat.api.task.TaskService.Started;
import dev.moat.api.task.Tasks;
import dev.moat.api.time.Clock;
import dev.moat.api.time.TimerService;
import dev.moat.api.vfs.FdTable;
import dev.moat.api.vfs.FsContext;
import dev.moat.api.vfs.VfsSettings;
import dev.moat.task.futex.FutexTable;
import dev.moat.task.signal.SignalActions;
import dev.moat.task.time.HostClock;
import dev.moat.task.time.TimerQueue;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/** The tasks of one sandbox. */
@Stateful
public final class GuestProcesses implements SandboxTasks {
    private final TaskServices services;
    private final TimerQueue timers;

    public GuestProcesses(
            Sandbox sandbox,
            PlatformSession platform,
            SandboxMemory memory,
            HostSystem host,
            HostProcesses hostProcesses,
            LoaderSlot loader) {
        Clock clock = new HostClock(host);
        this.timers = new TimerQueue(sandbox, clock);
        sandbox.safePoint().addSuspendable(timers);
        this.services =
                new TaskServices(
                        sandbox,
                        new PlatformSlot(platform),
                        memory,
                        clock,
                        timers,
                        host,
                        hostProcesses,
                        loader,
                        new SignalSender(),
                        new FutexTable(),
                        new ProcessTree(clock, sandbox.spec().taskLimit()),
                        new TaskThreads(sandbox.name(), sandbox.safePoint()),
                        Cgroups.of(sandbox));
        memory.setOutOfMemoryListener(new OutOfMemoryKiller(services));
        memory.setFaultWaiter(new TaskFaultWaiter(services));
    }

    @Override
    public Tasks tasks() {
        return services.tree();
    }

    @Override
    public Clock clock() {
        return services.clock();
    }

    @Override
    public TimerService timers() {
        return timers;
    }

    @Override
    public Started start(ProcessSpec spec, FdTable files, FsContext fs) {
        services.sandbox().syscalls().watch(services.tree());
        CompletableFuture<Void> loaded = new CompletableFuture<>();
        VfsSettings settings = services.sandbox().vfs().settings();
        int limit = settings.get(VfsSettings.Setting.PID_MAX);
        int tid = services.tree().allocateTid(PidView.First.INSTANCE, List.of(), limit);
        MemoryManager empty = services.memory().newMemoryManager(services.platform().get());
        GuestGroup group =
                new GuestGroup(
                        services,
                        tid,
                        PidView.First.INSTANCE,
                        GroupLimits.initial(tid, services.tree().maxTasks(), settings),
                        new SignalActions());
        group.exitSignal = Signals.SIGCHLD;
        GuestTask task =
                new GuestTask(
                        services,
                        group,
                        tid,
                        new TaskParts(
                                empty,
                                files,
                                fs,
                                credentialsOf(spec.user()),
                                firstNamespaces(),
                                firstCgroup(),
                                nameOf(spec),
                                new Scheduling(),
                                new Launch.Program(spec, loaded)));
        try {
            link(group, task);
        } catch (RuntimeException | Error e) {
            TaskExit.releaseParts(task);
            services.tree().releaseTid(tid);
            throw e;
        }
        try {
            task.loop().start();
        } catch (RuntimeException | Error e) {
            TaskExit.abandon(services, task);
            throw e;
        }
        return new Started(tid, loaded, group.exited());
    }

    /** That of the process that runs, for one that is started beside it. */
    private Cgroup firstCgroup() {
        GuestGroup init = services.tree().init();
        return init == null ? services.cgroups().root() : init.leader().cgroup();
    }

    /** Those of the process that runs, for one that is started beside it. */
    private Namespaces firstNamespaces() {
        GuestGroup init = services.tree().init();
        Namespaces first =
                init == null ? Namespaces.firstOf(services.sandbox()) : init.leader().namespaces();
        first.retain();
        return first;
    }

    @Override
    public void movePlatform(PlatformSession target) {
        new PlatformMoving(services).run(target);
    }

    @Override
    public CompletableFuture<ExitStatus> exited() {
        GuestGroup first = services.tree().init();
        if (first == null) {
            throw new IllegalStateException("no process was started");
        }
        return first.exited();
    }

    @Override
    public void revive(PlatformSession platform) {
        services.platform().set(platform);
        for (GuestGroup group : services.tree().collectGroups()) {
            group.live.forEach(task -> task.loop().start());
        }
    }

    @Override
    public void killAll() {
        ProcessTree tree = services.tree();
        tree.lock.lock();
        try {
            tree.closeLocked();
        } finally {
            tree.lock.unlock();
        }
        for (GuestGroup group : tree.collectGroups()) {
            services.sender().kill(group, ExitStatus.killed(Signals.SIGKILL));
        }
    }

    @Override
    public void close() {
        killAll();
        ProcessTree tree = services.tree();
        if (!tree.awaitEmpty()) {
            services.sandbox().log("tasks did not end in time: " + tree.collectGroups());
        }
        services.threads().close();
        timers.close();
    }

    /**
     * The first process leads its own session and process group; so do later ones that operators
     * start.
     */
    private void link(GuestGroup group, GuestTask task) {
        services.cgroups().join(task, task.cgroup(), false);
        try {
            linkTree(group, task);
        } catch (RuntimeException | Error e) {
            services.cgroups().leave(task);
            Cgroups.uncharge(task.cgroup());
            throw e;
        }
    }

    private void linkTree(GuestGroup group, GuestTask task) {
        ProcessTree tree = services.tree();
        tree.lock.lock();
        services.sender().lock.lock();
        try {
            if (tree.isClosingLocked()) {
                throw Errno.ESRCH.exception();
            }
            Session session = new Session(group.tgid());
            ProcessGroup own = tree.newProcessGroupLocked(group.tgid(), session);
            tree.addGroupLocked(group, task, own);
            if (tree.init() == null) {
                tree.setInitLocked(group);
                group.signals.unkillable = true;
            }
        } finally {
            services.sender().lock.unlock();
            tree.lock.unlock();
        }
    }

    private static String nameOf(ProcessSpec spec) {
        String path = spec.arguments().getFirst();
        String name = path.substring(path.lastIndexOf('/') + 1);
        return name.length() > 15 ? name.substring(0, 15) : name;
    }

    /**
     * Root has every capability within the sandbox; others have none, and may gain them by set-id
     * programs.
     */
    private static Credentials credentialsOf(ProcessSpec.User user) {
        long held = user.uid() == 0 ? Capabilities.ALL : 0;
        List<Integer> groups = user.groups();
        return Credentials.ofUser(
                user.uid(),
                user.gid(),
                groups.stream().mapToInt(Integer::intValue).toArray(),
                new Credentials.CapabilitySets(held, held, 0, Capabilities.ALL, 0));
    }
}

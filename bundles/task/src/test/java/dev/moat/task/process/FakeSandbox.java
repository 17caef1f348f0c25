package dev.moat.task.process;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.FileMode;
import dev.moat.api.exec.ProgramLoader;
import dev.moat.api.host.HostProcesses;
import dev.moat.api.host.HostSystem;
import dev.moat.api.mm.HeapAccount;
import dev.moat.api.mm.MemoryService.PlatformMove;
import dev.moat.api.mm.MemoryService.SandboxMemory;
import dev.moat.api.platform.ContextState;
import dev.moat.api.platform.PlatformSession;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.sandbox.ProcessSpec;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.SandboxSpec;
import dev.moat.api.sandbox.Stdio;
import dev.moat.api.swap.KernelBugs;
import dev.moat.api.swap.SafePoint;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.syscall.SyscallDispatcher;
import dev.moat.api.task.Task;
import dev.moat.api.task.TaskService.Started;
import dev.moat.api.vfs.FdTable;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.FsContext;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.MountInfo;
import dev.moat.api.vfs.Vfs;
import dev.moat.api.vfs.VfsPath;
import dev.moat.api.vfs.VfsSettings;
import dev.moat.task.calls.TaskCalls;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** A sandbox around the real task side: everything else is fake. */
final class FakeSandbox implements AutoCloseable {
    private static final SandboxSpec SPEC =
            new SandboxSpec(
                    Optional.of("test"),
                    Optional.empty(),
                    Optional.empty(),
                    1L << 30,
                    "test",
                    List.of(),
                    new ProcessSpec(List.of("/bin/test"), List.of(), "/", ProcessSpec.User.ROOT),
                    Stdio.Inherit.OWN,
                    Optional.empty());

    private final Map<String, Object> parts = new ConcurrentHashMap<>();
    static final long STACK_TOP = FakeMemory.BASE + FakeMemory.BYTES - 4096;

    final List<String> log = new CopyOnWriteArrayList<>();
    final GuestProcesses processes;

    /** What became of moves of the memory. */
    final List<String> memoryMoves = new CopyOnWriteArrayList<>();

    final SafePoint safePoint = new SafePoint();

    /** As much of the kernel's memory as anybody wants. */
    private final HeapAccount heap =
            new HeapAccount(Fakes.fake(HeapAccount.Pages.class, (method, arguments) -> true));

    private final Map<Integer, Method> methods = new HashMap<>();
    private final Map<Integer, Object> handlers = new HashMap<>();
    private final GuestProgram program;
    private final Sandbox sandbox;

    FakeSandbox(GuestProgram program) {
        this.program = program;
        HostSystem host = hostSystem();
        List<Object> all = new ArrayList<>(new TaskCalls(host).handlers());
        all.add(new TestCalls());
        for (Object handler : all) {
            for (Method method : handler.getClass().getDeclaredMethods()) {
                Syscall call = method.getAnnotation(Syscall.class);
                if (call != null) {
                    method.setAccessible(true);
                    methods.put(call.nr(), method);
                    handlers.put(call.nr(), handler);
                }
            }
        }
        this.sandbox = sandbox();
        LoaderSlot loader = new LoaderSlot();
        loader.add(loader(), Map.of());
        this.processes =
                new GuestProcesses(
                        sandbox,
                        platform(new CopyOnWriteArrayList<>(), Integer.MAX_VALUE),
                        memory(),
                        host,
                        hostProcesses(),
                        loader);
    }

    /** Runs the program as pid 1 until it ends. */
    static ExitStatus run(GuestProgram program) throws Exception {
        try (FakeSandbox sandbox = new FakeSandbox(program)) {
            ExitStatus status = sandbox.start().exited().get(20, TimeUnit.SECONDS);
            if (!sandbox.log.isEmpty()) {
                throw new AssertionError("the kernel says: " + sandbox.log);
            }
            return status;
        }
    }

    Started start() {
        return processes.start(SPEC.process(), files(), fs());
    }

    @Override
    public void close() {
        processes.close();
    }

    private long dispatch(Object[] arguments) {
        Task task = (Task) arguments[0];
        int number = (Integer) arguments[1];
        Method method = methods.get(number);
        if (method == null) {
            return Errno.ENOSYS.negated();
        }
        Class<?>[] types = method.getParameterTypes();
        Object[] values = new Object[types.length];
        values[0] = task;
        for (int i = 1; i < types.length; i++) {
            long value = (Long) arguments[i + 1];
            values[i] = types[i] == int.class ? (Object) (int) value : (Object) value;
        }
        try {
            return (Long) method.invoke(handlers.get(number), values);
        } catch (InvocationTargetException e) {
            if (e.getCause() instanceof ErrnoException failure) {
                return failure.errno().negated();
            }
            if (e.getCause() instanceof RuntimeException bug) {
                throw bug;
            }
            throw new IllegalStateException(e.getCause());
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(e);
        }
    }

    private Sandbox sandbox() {
        SyscallDispatcher dispatcher =
                Fakes.fake(
                        SyscallDispatcher.class,
                        (method, arguments) -> {
                            if (method.equals("dispatch")) {
                                return dispatch(arguments);
                            }
                            if (method.equals("signalDelivered") || method.equals("watch")) {
                                return null;
                            }
                            throw Fakes.unexpected(method);
                        });
        Vfs vfs = vfs();
        return Fakes.fake(
                Sandbox.class,
                (method, arguments) ->
                        switch (method) {
                            case "name" -> "test";
                            case "spec" -> SPEC;
                            case "safePoint" -> safePoint;
                            case "memory" -> memory();
                            case "bugs" -> new KernelBugs();
                            case "clock" -> processes.clock();
                            case "syscalls" -> dispatcher;
                            case "vfs" -> vfs;
                            case "tasks" -> processes.tasks();
                            case "part" ->
                                    parts.computeIfAbsent(
                                            (String) arguments[0],
                                            name -> ((Supplier<?>) arguments[1]).get());
                            case "log" -> {
                                log.add((String) arguments[0]);
                                yield null;
                            }
                            default -> throw Fakes.unexpected(method);
                        });
    }

    private ProgramLoader loader() {
        return Fakes.fake(
                ProgramLoader.class,
                (method, arguments) -> {
                    if (!method.equals("load")) {
                        throw Fakes.unexpected(method);
                    }
                    return new ProgramLoader.Image(
                            GuestProgram.CODE, STACK_TOP, "test", new EmptyFile());
                });
    }

    /** A platform that notes the contexts it makes, at most {@code limit}. */
    PlatformSession platform(List<FakeCpu> made, int limit) {
        return Fakes.fake(
                PlatformSession.class,
                (method, arguments) -> {
                    if (method.equals("sharesTimestampCounter")) {
                        return true;
                    }
                    if (!method.equals("newContext")) {
                        throw Fakes.unexpected(method);
                    }
                    if (made.size() >= limit) {
                        throw Errno.ENOMEM.exception();
                    }
                    FakeCpu cpu =
                            arguments == null
                                    ? new FakeCpu(program)
                                    : new FakeCpu(program, (ContextState) arguments[0]);
                    made.add(cpu);
                    return cpu;
                });
    }

    private PlatformMove memoryMove() {
        return Fakes.fake(
                PlatformMove.class,
                (method, arguments) -> {
                    memoryMoves.add(method);
                    return null;
                });
    }

    private SandboxMemory memory() {
        return Fakes.fake(
                SandboxMemory.class,
                (method, arguments) ->
                        switch (method) {
                            case "setOutOfMemoryListener", "setFaultWaiter" -> null;
                            case "newMemoryManager" -> new FakeMemory().manager();
                            case "prepareMove" -> memoryMove();
                            case "heap" -> heap;
                            default -> throw Fakes.unexpected(method);
                        });
    }

    private static HostSystem hostSystem() {
        return Fakes.fake(
                HostSystem.class,
                (method, arguments) ->
                        switch (method) {
                            case "clockNs" -> System.nanoTime();
                            case "usableCpus" -> 2;
                            default -> throw Fakes.unexpected(method);
                        });
    }

    private static HostProcesses hostProcesses() {
        return Fakes.fake(
                HostProcesses.class,
                (method, arguments) ->
                        switch (method) {
                            case "threadId" -> 1;
                            case "threadCpuTimeNs" -> 0L;
                            default -> throw Fakes.unexpected(method);
                        });
    }

    private static FdTable files() {
        return Fakes.fake(
                FdTable.class,
                (method, arguments) ->
                        switch (method) {
                            case "fork" -> files();
                            case "users" -> 1;
                            case "closeOnExec", "retain", "release", "tryAcquire", "checkCopy" ->
                                    null;
                            default -> throw Fakes.unexpected(method);
                        });
    }

    private static FsContext fs() {
        return Fakes.fake(
                FsContext.class,
                (method, arguments) ->
                        switch (method) {
                            case "fork" -> fs();
                            case "users" -> 1;
                            case "root", "workingDirectory" -> path();
                            case "retain", "release" -> null;
                            default -> throw Fakes.unexpected(method);
                        });
    }

    private static Vfs vfs() {
        return Fakes.fake(
                Vfs.class,
                (method, arguments) ->
                        switch (method) {
                            case "resolve" -> path();
                            case "checkPermission" -> null;
                            case "pathOf" -> "/bin/test";
                            case "settings" -> new VfsSettings();
                            case "openProgram" -> new EmptyFile();
                            default -> throw Fakes.unexpected(method);
                        });
    }

    private static VfsPath path() {
        MountInfo mount =
                Fakes.fake(
                        MountInfo.class,
                        (method, arguments) -> {
                            if (method.equals("flags")) {
                                return 0L;
                            }
                            throw Fakes.unexpected(method);
                        });
        return Fakes.fake(
                VfsPath.class,
                (method, arguments) ->
                        switch (method) {
                            case "inode" -> new EmptyFile.EmptyInode();
                            case "mount" -> mount;
                            default -> throw Fakes.unexpected(method);
                        });
    }

    /** An executable without content or place. */
    static final class EmptyFile extends FileDescription {
        EmptyFile() {
            super(0);
        }

        @Override
        protected void closed() {}

        @Override
        public Inode inode() {
            return new EmptyInode();
        }

        /** Its inode. */
        static final class EmptyInode extends Inode {
            @Override
            public dev.moat.api.vfs.Filesystem filesystem() {
                throw Fakes.unexpected("filesystem");
            }

            @Override
            public long number() {
                return 1;
            }

            @Override
            public int mode() {
                return FileMode.S_IFREG | 0755;
            }

            @Override
            public int uid() {
                return 0;
            }

            @Override
            public int gid() {
                return 0;
            }

            @Override
            public dev.moat.api.vfs.Attributes attributes() {
                throw Fakes.unexpected("attributes");
            }

            @Override
            public void setAttributes(dev.moat.api.vfs.AttributeChange change) {
                throw Fakes.unexpected("setAttributes");
            }

            @Override
            public FileDescription open(Task task, int flags) {
                return new EmptyFile();
            }
        }
    }
}

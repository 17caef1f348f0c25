package dev.moat.vfs.fake;

import dev.moat.abi.Rlimits;
import dev.moat.abi.SigInfo;
import dev.moat.api.cgroup.Cgroup;
import dev.moat.api.cgroup.Cgroups;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.HeapAccount;
import dev.moat.api.mm.HugePagePool;
import dev.moat.api.mm.HugePageShare;
import dev.moat.api.mm.MemoryService.SandboxMemory;
import dev.moat.api.mm.PageQuota;
import dev.moat.api.mm.UserMemory;
import dev.moat.api.namespace.Namespaces;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Credentials.CapabilitySets;
import dev.moat.api.task.Limits;
import dev.moat.api.task.Resumption;
import dev.moat.api.task.Signals;
import dev.moat.api.task.Task;
import dev.moat.api.task.Tasks;
import dev.moat.api.task.ThreadGroup;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.FdTable;
import dev.moat.api.vfs.FsContext;
import dev.moat.api.vfs.Vfs;
import dev.moat.fs.tmpfs.HugetlbfsType;
import dev.moat.fs.tmpfs.TmpfsType;
import dev.moat.vfs.CharacterDevices;
import dev.moat.vfs.FilesystemTypes;
import dev.moat.vfs.SandboxVfs;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** A sandbox with a tmpfs as its root and one task, root by default. */
public final class World {
    public static final long EVERYTHING = -1;

    public final FakeClock clock = new FakeClock();
    public final FakeUser user = new FakeUser();
    public final List<SigInfo> sent = new ArrayList<>();
    public final SandboxVfs vfs;
    public final Task task;

    /** What happens while the task waits, in order; without any, a signal comes. */
    public final ArrayDeque<Runnable> meanwhile = new ArrayDeque<>();

    /** Of the pool of huge pages. */
    public int openShares;

    public long fileSizeLimit = Long.MAX_VALUE;
    public long descriptorLimit = 1024;

    /** Whether the task must end. */
    public boolean killed;

    private final TaskParts parts = new TaskParts();

    public World() {
        FilesystemTypes types = new FilesystemTypes();
        types.add(new TmpfsType(), Map.of());
        types.add(new HugetlbfsType(), Map.of());
        Sandbox sandbox = Fakes.of(Sandbox.class, new SandboxParts());
        parts.sandbox = sandbox;
        vfs = new SandboxVfs(sandbox, types, new CharacterDevices());
        vfs.mountRoot(
                vfs.openFilesystem("tmpfs", "root", Map.of("mode", "755"), false, List.of()),
                "root",
                0);
        parts.files = vfs.newFdTable();
        parts.fs = vfs.newFsContext(vfs.root(), vfs.root(), 022);
        task = Fakes.of(Task.class, parts);
        as(0, 0, EVERYTHING);
    }

    /** Changes who the task is. */
    public void as(int uid, int gid, long capabilities) {
        parts.credentials =
                Credentials.ofUser(
                        uid,
                        gid,
                        new int[0],
                        new CapabilitySets(capabilities, capabilities, 0, capabilities, 0));
    }

    public final class SandboxParts {
        private final Map<String, AutoCloseable> parts = new HashMap<>();

        public AutoCloseable part(String name, Supplier<? extends AutoCloseable> maker) {
            return parts.computeIfAbsent(name, key -> maker.get());
        }

        public FakeClock clock() {
            return clock;
        }

        public FakeClock timers() {
            return clock;
        }

        public Vfs vfs() {
            return vfs;
        }

        public Tasks tasks() {
            return Fakes.of(Tasks.class, new NoTasks());
        }

        public SandboxMemory memory() {
            return Fakes.of(SandboxMemory.class, new MemoryParts());
        }
    }

    /** Whom nobody can send a signal. */
    public static final class NoTasks {
        public Optional<ThreadGroup> group(int tgid) {
            return Optional.empty();
        }
    }

    /** As much of the kernel's memory as anybody wants. */
    private static final class AllPages implements HeapAccount.Pages {
        @Override
        public boolean takeHeap(long count) {
            return true;
        }

        @Override
        public void adjustHeap(long count) {
            // Nobody counts.
        }

        @Override
        public boolean hasHeapRoom() {
            return true;
        }
    }

    public final class MemoryParts {
        private final HeapAccount heap = new HeapAccount(new AllPages());

        public HeapAccount heap() {
            return heap;
        }

        public long limitBytes() {
            return 1L << 30;
        }

        public FilePages newFilePages(PageQuota quota) {
            return new FakePages(quota);
        }

        public HugePagePool hugePages() {
            return Fakes.of(HugePagePool.class, new HugePoolParts());
        }
    }

    /** Ten pages, as many as anybody wants of them. */
    public final class HugePoolParts {
        public HugePagePool.Counts counts() {
            return new HugePagePool.Counts(10, 10, 0, 0);
        }

        public HugePageShare newShare(long mostPages, long leastPages) {
            openShares++;
            return Fakes.of(HugePageShare.class, new ShareParts());
        }
    }

    public final class ShareParts {
        public void close() {
            openShares--;
        }
    }

    public final class TaskParts {
        private Sandbox sandbox;
        private FdTable files;
        private FsContext fs;
        private Credentials credentials;
        private final Resumption resumption = new Resumption();

        public Sandbox sandbox() {
            return sandbox;
        }

        public FdTable files() {
            return files;
        }

        public FsContext fs() {
            return fs;
        }

        public Credentials credentials() {
            return credentials;
        }

        public Namespaces namespaces() {
            return Namespaces.firstOf(sandbox());
        }

        public int tid() {
            return 1;
        }

        public int tgid() {
            return 1;
        }

        public UserMemory user() {
            return Fakes.of(UserMemory.class, user);
        }

        public ThreadGroup group() {
            return Fakes.of(ThreadGroup.class, new GroupParts());
        }

        public Cgroup cgroup() {
            return Cgroups.of(sandbox).root();
        }

        public Signals signals() {
            return Fakes.of(Signals.class, new SignalParts());
        }

        public Blocker blocker() {
            return new FakeBlocker();
        }

        public Resumption resumption() {
            return resumption;
        }

        public void setRestart(Task.RestartBlock block) {}

        @Override
        public boolean equals(Object other) {
            return this == other;
        }

        @Override
        public int hashCode() {
            return 1;
        }
    }

    public final class GroupParts {
        public Limits limits() {
            return Fakes.of(Limits.class, new LimitParts());
        }
    }

    public final class LimitParts {
        public long soft(int resource) {
            return switch (resource) {
                case Rlimits.RLIMIT_NOFILE -> descriptorLimit;
                case Rlimits.RLIMIT_FSIZE -> fileSizeLimit;
                default -> Long.MAX_VALUE;
            };
        }
    }

    public final class SignalParts {
        public void send(SigInfo info) {
            sent.add(info);
        }

        public boolean isKilled() {
            return killed;
        }
    }

    /** Waits in no time: runs what is to happen meanwhile, and asks again after a wake-up only. */
    private final class FakeBlocker implements Blocker, WaitQueue.Waiter {
        private boolean woken;

        @Override
        public boolean woken(int events) {
            woken = true;
            return true;
        }

        @Override
        public Outcome block(WaitQueue queue, BooleanSupplier ready, long deadlineNs) {
            return block(List.of(queue), ready, deadlineNs);
        }

        @Override
        public Outcome block(List<WaitQueue> queues, BooleanSupplier ready, long deadlineNs) {
            queues.forEach(queue -> queue.add(this));
            try {
                if (ready.getAsBoolean()) {
                    return Outcome.READY;
                }
                while (!meanwhile.isEmpty()) {
                    woken = false;
                    meanwhile.poll().run();
                    if (woken && ready.getAsBoolean()) {
                        return Outcome.READY;
                    }
                }
                return deadlineNs == FOREVER ? Outcome.INTERRUPTED : Outcome.TIMED_OUT;
            } finally {
                queues.forEach(queue -> queue.remove(this));
            }
        }

        @Override
        public Outcome blockUninterruptibly(
                WaitQueue queue, BooleanSupplier ready, long deadlineNs) {
            return block(queue, ready, deadlineNs);
        }

        @Override
        public void pause() {}
    }
}

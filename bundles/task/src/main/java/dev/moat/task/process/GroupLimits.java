package dev.moat.task.process;

import dev.moat.abi.Errno;
import dev.moat.abi.Rlimit;
import dev.moat.abi.Rlimits;
import dev.moat.api.mm.MemoryManager.MemoryLimits;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Limits;
import dev.moat.api.vfs.VfsSettings;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** Resource limits of one process. */
@Stateful
public final class GroupLimits implements Limits, MemoryLimits {
    private static final long DEFAULT_FILES = 1024;
    private static final long MAX_FILES = 1_048_576;

    /** MQ_BYTES_MAX, include/linux/ipc_namespace.h. */
    private static final long DEFAULT_QUEUE_BYTES = 819_200;

    private final int tgid;
    private final AtomicReferenceArray<Rlimit> limits;

    /** Null: an earlier revision made it. */
    private final @Nullable VfsSettings settings;

    private GroupLimits(
            int tgid, AtomicReferenceArray<Rlimit> limits, @Nullable VfsSettings settings) {
        this.tgid = tgid;
        this.limits = limits;
        this.settings = settings;
    }

    /**
     * What the first process has: INIT_RLIMITS, include/asm-generic/resource.h.
     *
     * @param processes of the sandbox at most; Linux derives them, and pending signals, from the
     *     memory size
     */
    static GroupLimits initial(int tgid, long processes, VfsSettings settings) {
        AtomicReferenceArray<Rlimit> limits = new AtomicReferenceArray<>(Rlimits.RLIM_NLIMITS);
        for (int i = 0; i < Rlimits.RLIM_NLIMITS; i++) {
            limits.set(i, Rlimit.UNLIMITED);
        }
        long infinity = Rlimits.RLIM_INFINITY;
        limits.set(Rlimits.RLIMIT_STACK, new Rlimit(Rlimits._STK_LIM, infinity));
        limits.set(Rlimits.RLIMIT_CORE, new Rlimit(0, infinity));
        limits.set(Rlimits.RLIMIT_NPROC, new Rlimit(processes, processes));
        limits.set(Rlimits.RLIMIT_NOFILE, new Rlimit(DEFAULT_FILES, MAX_FILES));
        limits.set(Rlimits.RLIMIT_MEMLOCK, new Rlimit(Rlimits.MLOCK_LIMIT, Rlimits.MLOCK_LIMIT));
        limits.set(Rlimits.RLIMIT_SIGPENDING, new Rlimit(processes * 4, processes * 4));
        limits.set(Rlimits.RLIMIT_MSGQUEUE, new Rlimit(DEFAULT_QUEUE_BYTES, DEFAULT_QUEUE_BYTES));
        limits.set(Rlimits.RLIMIT_NICE, new Rlimit(0, 0));
        limits.set(Rlimits.RLIMIT_RTPRIO, new Rlimit(0, 0));
        return new GroupLimits(tgid, limits, settings);
    }

    /** A copy for the new process {@code child}: fork(2). */
    GroupLimits copy(int child) {
        AtomicReferenceArray<Rlimit> copy = new AtomicReferenceArray<>(limits.length());
        for (int i = 0; i < limits.length(); i++) {
            copy.set(i, limits.get(i));
        }
        return new GroupLimits(child, copy, settings);
    }

    @Override
    public int tgid() {
        return tgid;
    }

    @Override
    public Rlimit get(int resource) {
        if (resource < 0 || resource >= limits.length()) {
            throw Errno.EINVAL.exception();
        }
        return limits.get(resource);
    }

    @Override
    public long soft(int resource) {
        long soft = get(resource).soft();
        return soft < 0 ? Long.MAX_VALUE : soft;
    }

    @Override
    public void set(int resource, Rlimit limit) {
        limits.set(resource, limit);
    }

    @Override
    public long addressSpaceBytes() {
        return soft(Rlimits.RLIMIT_AS);
    }

    @Override
    public long dataBytes() {
        return soft(Rlimits.RLIMIT_DATA);
    }

    @Override
    public long stackBytes() {
        return soft(Rlimits.RLIMIT_STACK);
    }

    @Override
    public long lockedBytes() {
        return soft(Rlimits.RLIMIT_MEMLOCK);
    }

    @Override
    public int areas() {
        return settings == null
                ? MemoryLimits.super.areas()
                : settings.get(VfsSettings.Setting.MAX_MAP_COUNT);
    }
}

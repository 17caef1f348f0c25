package dev.moat.uring;

import dev.moat.api.cgroup.Cgroup;
import dev.moat.api.mm.MemoryManager;
import dev.moat.api.mm.UserMemory;
import dev.moat.api.namespace.Namespaces;
import dev.moat.api.namespace.PidView;
import dev.moat.api.platform.Registers;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.UtsName;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Keyrings;
import dev.moat.api.task.PagePlacement;
import dev.moat.api.task.RegisteredRings;
import dev.moat.api.task.Resumption;
import dev.moat.api.task.Signals;
import dev.moat.api.task.Task;
import dev.moat.api.task.ThreadGroup;
import dev.moat.api.task.UndoGroup;
import dev.moat.api.vfs.FdTable;
import dev.moat.api.vfs.FsContext;
import java.lang.foreign.MemorySegment;

/**
 * The task for which the call of an operation is made: the submitter, but for how it waits and for
 * the file that the operation is about. Lives for one attempt.
 */
final class RequestTask implements Task {
    private final Request request;
    private final Task submitter;
    private final RequestFiles files;
    private final RequestBlocker blocker;
    private UserMemory memory;

    RequestTask(Request request) {
        this.request = request;
        this.submitter = request.submitter();
        this.files = new RequestFiles(request);
        this.blocker = new RequestBlocker(request);
        this.memory = request.user();
    }

    /** Gives the call words beside the guest's memory: {@link LentMemory}. */
    LentMemory lend(long first, long second) {
        LentMemory lent = LentMemory.of(request.user(), first, second);
        memory = lent;
        return lent;
    }

    /** The same with other bytes, {@link LentMemory#MOST_BYTES} of them at most. */
    void lend(MemorySegment bytes) {
        memory = new LentMemory(request.user(), bytes);
    }

    @Override
    public int tid() {
        return submitter.tid();
    }

    @Override
    public ThreadGroup group() {
        return submitter.group();
    }

    @Override
    public Sandbox sandbox() {
        return submitter.sandbox();
    }

    @Override
    public MemoryManager memory() {
        return request.memory();
    }

    @Override
    public UserMemory user() {
        return memory;
    }

    @Override
    public FdTable files() {
        return files;
    }

    @Override
    public void unshareFiles() {
        throw new UnsupportedOperationException("an operation has no table of its own");
    }

    @Override
    public FsContext fs() {
        return submitter.fs();
    }

    @Override
    public Credentials credentials() {
        Credentials own = request.credentials();
        return own != null ? own : submitter.credentials();
    }

    @Override
    public void setCredentials(Credentials credentials) {
        throw new UnsupportedOperationException("an operation has no credentials of its own");
    }

    @Override
    public Namespaces namespaces() {
        return submitter.namespaces();
    }

    @Override
    public PidView pids() {
        return submitter.pids();
    }

    @Override
    public Cgroup cgroup() {
        return submitter.cgroup();
    }

    @Override
    public UndoGroup undoGroup() {
        throw new UnsupportedOperationException("no operation is about semaphores");
    }

    @Override
    public PagePlacement placement() {
        throw new UnsupportedOperationException("no operation is about memory policies");
    }

    @Override
    public Keyrings keyrings() {
        throw new UnsupportedOperationException("no operation is about keys");
    }

    @Override
    public RegisteredRings registeredRings() {
        return submitter.registeredRings();
    }

    @Override
    public UtsName uts() {
        return submitter.uts();
    }

    @Override
    public long timerSlackNs() {
        return submitter.timerSlackNs();
    }

    @Override
    public void setTimerSlackNs(long slackNs) {
        submitter.setTimerSlackNs(slackNs);
    }

    @Override
    public Signals signals() {
        return submitter.signals();
    }

    @Override
    public Blocker blocker() {
        return blocker;
    }

    @Override
    public Registers registers() {
        throw new UnsupportedOperationException("an operation has no registers");
    }

    @Override
    public String name() {
        return submitter.name();
    }

    @Override
    public void setName(String name) {
        submitter.setName(name);
    }

    @Override
    public TaskState state() {
        return submitter.state();
    }

    @Override
    public CpuTime cpuTime() {
        return submitter.cpuTime();
    }

    @Override
    public int currentSyscall() {
        return submitter.currentSyscall();
    }

    @Override
    public int personality() {
        return submitter.personality();
    }

    @Override
    public long startTimeNs() {
        return submitter.startTimeNs();
    }

    @Override
    public int nice() {
        return submitter.nice();
    }

    @Override
    public void setRestart(RestartBlock block) {
        // Signals do not interrupt operations.
    }

    @Override
    public Resumption resumption() {
        return request.resumption();
    }
}

package dev.moat.fs.dev.fake;

import dev.moat.abi.SigInfo;
import dev.moat.api.namespace.PidView;
import dev.moat.api.sandbox.KernelMessages;
import dev.moat.api.sandbox.PrintkSettings;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Resumption;
import dev.moat.api.task.Signals;
import dev.moat.api.task.Task;
import dev.moat.api.task.Tasks;
import dev.moat.api.task.ThreadGroup;
import dev.moat.api.task.ThreadGroup.ControllingTerminal;
import dev.moat.api.time.Clock;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A sandbox with processes that do nothing but belong to sessions and get signals. */
public final class FakeWorld {
    /** Signals as "group 7: 1" and "process 7: 1", in order. */
    public final List<String> signals = new ArrayList<>();

    public final List<String> logLines = new ArrayList<>();
    public long nowNs = 1_000_000_000L;
    public boolean orphaned;

    private final Map<Integer, Optional<ControllingTerminal>> terminals = new HashMap<>();
    private final Map<Integer, ThreadGroup> groups = new HashMap<>();
    private final Sandbox sandbox = Partial.of(Sandbox.class, new SandboxPart());

    public Sandbox sandbox() {
        return sandbox;
    }

    /** A process, which leads its session if the ids are the same. */
    public FakeProcess process(int pid, int processGroup, int session) {
        FakeProcess process = new FakeProcess(pid, processGroup, session);
        groups.put(pid, process.group());
        return process;
    }

    /** The sandbox' methods. */
    public final class SandboxPart {
        public Tasks tasks() {
            return Partial.of(Tasks.class, new TasksPart());
        }

        public Clock clock() {
            return Partial.of(Clock.class, this);
        }

        public long realtimeNs() {
            return nowNs;
        }

        public long monotonicNs() {
            return nowNs;
        }

        public void logUserMessage(int priority, String text) {
            logLines.add(priority + " " + text);
        }

        public KernelMessages messages() {
            return Partial.of(KernelMessages.class, this);
        }

        public PrintkSettings settings() {
            return new PrintkSettings();
        }
    }

    /** The task tree's methods. */
    public final class TasksPart {
        public boolean signalProcessGroup(int group, SigInfo info) {
            signals.add("group " + group + ": " + info.signal());
            return true;
        }

        public boolean isOrphaned(int group) {
            return orphaned;
        }

        public Optional<ThreadGroup> group(int tgid) {
            return Optional.ofNullable(groups.get(tgid));
        }
    }

    /** A process with one task. */
    public final class FakeProcess {
        public long blocked;
        public long ignored;
        private final int pid;
        private final int processGroup;
        private final int session;
        private final ThreadGroup group = Partial.of(ThreadGroup.class, this);
        private final Task task = Partial.of(Task.class, new TaskPart(this));

        FakeProcess(int pid, int processGroup, int session) {
            this.pid = pid;
            this.processGroup = processGroup;
            this.session = session;
        }

        public Task task() {
            return task;
        }

        public ThreadGroup group() {
            return group;
        }

        public int tgid() {
            return pid;
        }

        public int processGroupId() {
            return processGroup;
        }

        public int sessionId() {
            return session;
        }

        public boolean isZombie() {
            return false;
        }

        public void signal(SigInfo info) {
            signals.add("process " + pid + ": " + info.signal());
        }

        public Optional<ControllingTerminal> terminal() {
            return terminals.getOrDefault(session, Optional.empty());
        }

        public void setTerminal(Optional<ControllingTerminal> terminal) {
            terminals.put(session, terminal);
        }
    }

    /** A task's methods. */
    public final class TaskPart {
        private final Resumption resumption = new Resumption();
        private final FakeProcess process;

        TaskPart(FakeProcess process) {
            this.process = process;
        }

        public Sandbox sandbox() {
            return sandbox;
        }

        public ThreadGroup group() {
            return process.group();
        }

        public PidView pids() {
            return PidView.First.INSTANCE;
        }

        public Signals signals() {
            return Partial.of(Signals.class, this);
        }

        public long blocked() {
            return process.blocked;
        }

        public long ignored() {
            return process.ignored;
        }

        public Resumption resumption() {
            return resumption;
        }

        public Blocker blocker() {
            return Partial.of(Blocker.class, this);
        }

        /** No safe point asks for this task. */
        public void pause() {}

        public boolean interruptPending() {
            return false;
        }

        public Credentials credentials() {
            return Credentials.ofUser(
                    0, 0, new int[0], new Credentials.CapabilitySets(0, 0, 0, 0, 0));
        }
    }
}

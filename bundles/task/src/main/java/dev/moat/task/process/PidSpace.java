package dev.moat.task.process;

import dev.moat.abi.Errno;
import dev.moat.api.namespace.Namespace;
import dev.moat.api.namespace.NamespaceKind;
import dev.moat.api.namespace.PidView;
import dev.moat.api.namespace.UserView;
import dev.moat.api.swap.Restorable;
import dev.moat.api.swap.Stateful;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * A pid namespace below the first one: its numbers, and its first process, whose end is the end of
 * all. Changed under the tree's lock, numbers read by anybody. Source: kernel/pid_namespace.c.
 */
@Stateful
public final class PidSpace implements PidView, Restorable {
    /** MAX_PID_NS_LEVEL. */
    private static final int MAX_LEVEL = 32;

    private final PidView parent;
    private final int level;
    private final PidAllocator numbers = new PidAllocator();
    private final Map<Integer, Integer> numberById = new ConcurrentHashMap<>();
    private final Map<Integer, Integer> idByNumber = new ConcurrentHashMap<>();

    /** Its process 1; null before the first birth. Read by anybody. */
    private volatile @Nullable GuestGroup init;

    /** The namespace's own, which lasts as long as somebody may ask for it. */
    private final Namespace namespace;

    private Accounting accounting = new Accounting();

    /** Process 1 has ended: nobody is born any more. */
    boolean ending;

    /** Process 1 has ended but waits for the others. */
    boolean initWaits;

    /** Processes in it and in namespaces below, zombies included. */
    int processes;

    private PidSpace(PidView parent, Namespace namespace) {
        this.parent = parent;
        this.level = parent.level() + 1;
        this.namespace = namespace;
    }

    /** What was written by earlier revisions knows of no accounting. */
    @Override
    public void restored() {
        accounting = Objects.requireNonNullElseGet(accounting, Accounting::new);
    }

    /**
     * A namespace below {@code own}, with one use for the caller.
     *
     * @throws dev.moat.abi.ErrnoException ENOSPC: too many levels
     */
    static Namespace newNamespace(GuestTask maker, UserView owner) {
        PidView parent = maker.pids();
        if (parent.level() >= MAX_LEVEL) {
            throw Errno.ENOSPC.exception();
        }
        Namespace fresh = maker.namespaces().fresh(NamespaceKind.PID, owner);
        fresh.part(PART, () -> new PidSpace(parent, fresh));
        return fresh;
    }

    @Override
    public int level() {
        return level;
    }

    @Override
    public PidView parent() {
        return parent;
    }

    Namespace namespace() {
        return namespace;
    }

    /** Process accounting in it and below. */
    Accounting accounting() {
        return accounting;
    }

    @Override
    public boolean isStarted() {
        return init != null;
    }

    @Override
    public int seen(int id) {
        return numberById.getOrDefault(id, 0);
    }

    @Override
    public int meant(int number) {
        return idByNumber.getOrDefault(number, -1);
    }

    /** Its process 1, ended or not; null before the first birth. */
    public @Nullable GuestGroup init() {
        return init;
    }

    /**
     * Takes a number for {@code id}.
     *
     * @param wanted a certain one, or 0
     * @param limit numbers are below it
     * @throws dev.moat.abi.ErrnoException ENOMEM: process 1 has ended; EAGAIN, EEXIST; EINVAL: the
     *     first one must be 1
     */
    void takeLocked(int id, int wanted, int limit) {
        if (ending) {
            throw Errno.ENOMEM.exception();
        }
        if (wanted != 0 && wanted != 1 && init == null) {
            throw Errno.EINVAL.exception();
        }
        int number = wanted;
        if (wanted == 0) {
            number = numbers.allocateNext(limit);
            if (number < 0) {
                throw Errno.EAGAIN.exception();
            }
        } else if (!numbers.allocate(wanted, limit)) {
            throw Errno.EEXIST.exception();
        }
        numberById.put(id, number);
        idByNumber.put(number, id);
    }

    PidAllocator numbers() {
        return numbers;
    }

    void forgetLocked(int id) {
        Integer number = numberById.remove(id);
        if (number != null) {
            idByNumber.remove(number);
            numbers.release(number);
        }
    }

    /** A process is born; the first one is process 1. */
    void joinLocked(GuestGroup group) {
        processes++;
        if (init == null && group.pids() == this) {
            init = group;
            group.signals.unkillable = true;
        }
    }
}

package dev.moat.bpf;

import dev.moat.abi.Errno;
import dev.moat.api.mm.HeapCharge;
import dev.moat.api.mm.HeapUse;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Stateful;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** All programs and links of a sandbox by their numbers. */
@Stateful
final class ProgramTable implements AutoCloseable {
    /** kernel.unprivileged_bpf_disabled: not without capabilities, until root says otherwise. */
    private static final int FIRST_SETTING = 2;

    private static final String PART = "bpf.programs";

    /** A program or a link, without instructions. */
    private static final int OBJECT_BYTES = 512;

    /** Leaf. */
    private final ReentrantLock lock = new ReentrantLock();

    private final TreeMap<Integer, Program> programs = new TreeMap<>();
    private final TreeMap<Integer, Link> links = new TreeMap<>();
    private final HeapCharge heap;
    private final AtomicInteger unprivilegedDisabled = new AtomicInteger(FIRST_SETTING);
    private int lastProgram;
    private int lastLink;

    private ProgramTable(Sandbox sandbox) {
        this.heap = HeapCharge.of(sandbox.memory().heap(), HeapUse.TASKS);
    }

    static ProgramTable of(Sandbox sandbox) {
        return (ProgramTable) sandbox.part(PART, () -> new ProgramTable(sandbox));
    }

    /** What programs pay from. */
    HeapCharge heap() {
        return heap;
    }

    AtomicInteger unprivilegedDisabled() {
        return unprivilegedDisabled;
    }

    /** A new program, which has one use. ENOMEM. */
    Program add(Program.Facts facts, long[] instructions) {
        charge(size(instructions));
        lock.lock();
        try {
            Program made = new Program(this, ++lastProgram, facts, instructions);
            programs.put(lastProgram, made);
            return made;
        } finally {
            lock.unlock();
        }
    }

    private static long size(long[] instructions) {
        return OBJECT_BYTES + (long) instructions.length * Instruction.BYTES;
    }

    private void charge(long bytes) {
        if (!heap.tryGrow(bytes)) {
            throw Errno.ENOMEM.exception();
        }
    }

    void forget(Program program) {
        lock.lock();
        try {
            programs.remove(program.id());
        } finally {
            lock.unlock();
        }
        heap.grow(-size(program.instructions()));
    }

    /** One more use of a program; null: there is none of that number. */
    @Nullable Program acquire(int id) {
        lock.lock();
        try {
            Program found = programs.get(id);
            return found != null && found.tryRetain() ? found : null;
        } finally {
            lock.unlock();
        }
    }

    /** The next number behind {@code id}; 0: there is none. */
    int nextProgram(int id) {
        lock.lock();
        try {
            Integer next = programs.higherKey(id);
            return next == null ? 0 : next;
        } finally {
            lock.unlock();
        }
    }

    /** What a link takes: ENOMEM. */
    void chargeLink() {
        charge(OBJECT_BYTES);
    }

    void unchargeLink() {
        heap.grow(-OBJECT_BYTES);
    }

    /** Gives a link a number, by which it can be found. */
    void number(Link link) {
        lock.lock();
        try {
            link.setNumberLocked(++lastLink);
            links.put(lastLink, link);
        } finally {
            lock.unlock();
        }
    }

    void forget(Link link) {
        lock.lock();
        try {
            links.remove(link.id());
        } finally {
            lock.unlock();
        }
        unchargeLink();
    }

    /** One more use of a link; null: there is none of that number. */
    @Nullable Link acquireLink(int id) {
        lock.lock();
        try {
            Link found = links.get(id);
            return found != null && found.tryRetain() ? found : null;
        } finally {
            lock.unlock();
        }
    }

    int nextLink(int id) {
        lock.lock();
        try {
            Integer next = links.higherKey(id);
            return next == null ? 0 : next;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        heap.clear();
    }
}

package dev.moat.bpf;

import dev.moat.api.cgroup.DeviceProgram;
import dev.moat.api.cgroup.DeviceUse;
import dev.moat.api.cgroup.StepBudget;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import java.util.concurrent.atomic.AtomicInteger;

/** A program that has been verified. Counts who has it; the last one takes it out of the table. */
@Stateful
final class Program implements DeviceProgram {
    private final ProgramTable table;
    private final Facts facts;
    private final long[] instructions;
    private final int id;

    /** How many descriptors, groups and links have it. */
    private final AtomicInteger uses = new AtomicInteger(1);

    /**
     * What is told of it.
     *
     * @param tag hexadecimal, of its instructions
     * @param loadedNs on the boottime clock
     * @param verified instructions that were followed to verify it
     */
    record Facts(
            ProgramType type,
            String name,
            String tag,
            int uid,
            long loadedNs,
            int verified,
            boolean gpl) {}

    Program(ProgramTable table, int id, Facts facts, long[] instructions) {
        this.table = table;
        this.id = id;
        this.facts = facts;
        this.instructions = instructions;
    }

    @Override
    public int id() {
        return id;
    }

    Facts facts() {
        return facts;
    }

    /** Not to be changed. */
    long[] instructions() {
        return instructions;
    }

    @Override
    public boolean permits(Task task, DeviceUse use, StepBudget budget) {
        return new Machine(instructions, task, use).run(budget) != Machine.FORBIDDEN;
    }

    @Override
    public void retain() {
        uses.incrementAndGet();
    }

    /** Adds a use; false if the last one is gone already. */
    boolean tryRetain() {
        int now;
        do {
            now = uses.get();
            if (now == 0) {
                return false;
            }
        } while (!uses.compareAndSet(now, now + 1));
        return true;
    }

    @Override
    public void release() {
        if (uses.decrementAndGet() == 0) {
            table.forget(this);
        }
    }
}

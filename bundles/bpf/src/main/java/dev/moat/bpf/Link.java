package dev.moat.bpf;

import dev.moat.abi.Bpf;
import dev.moat.abi.ErrnoException;
import dev.moat.api.cgroup.Cgroup;
import dev.moat.api.cgroup.DeviceAttachment;
import dev.moat.api.cgroup.DeviceRules;
import dev.moat.api.swap.Stateful;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/** Keeps a program attached to a group as long as somebody has it: BPF_LINK_CREATE. */
@Stateful
final class Link {
    private final ProgramTable table;
    private final Program program;

    /** Set when it can be found, before anybody else has it. */
    private int id;

    private final AtomicInteger uses = new AtomicInteger(1);

    /** Where the program is attached; null: nowhere any more. */
    private final AtomicReference<@Nullable Cgroup> group;

    private Link(ProgramTable table, Program program, Cgroup group) {
        this.table = table;
        this.program = program;
        this.group = new AtomicReference<>(group);
    }

    /**
     * Attaches a program, whose use passes to the link if that is made. Nobody finds the link
     * before: who detached it then would find nothing to take away.
     *
     * @throws ErrnoException as {@link DeviceRules#attach}; ENOMEM
     */
    static Link create(ProgramTable table, Program program, Cgroup group) {
        table.chargeLink();
        Link made = new Link(table, program, group);
        try {
            DeviceAttachment attachment = new DeviceAttachment(program, made);
            DeviceRules.attach(group, attachment, null, Bpf.BPF_F_ALLOW_MULTI, 0);
        } catch (ErrnoException refused) {
            table.unchargeLink();
            throw refused;
        }
        table.number(made);
        return made;
    }

    /** With the lock of the table. */
    void setNumberLocked(int number) {
        id = number;
    }

    int id() {
        return id;
    }

    Program program() {
        return program;
    }

    /** Where the program is attached; null: nowhere, or the group is removed. */
    @Nullable Cgroup group() {
        Cgroup now = group.get();
        return now == null || now.isRemoved() ? null : now;
    }

    /** BPF_LINK_DETACH: the link stays, and does nothing. */
    void detach() {
        Cgroup former = group.getAndSet(null);
        if (former != null && !former.isRemoved()) {
            try {
                DeviceRules.detach(former, program, this, 0);
            } catch (ErrnoException gone) {
                // the group was removed meanwhile
                return;
            }
        }
    }

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

    void release() {
        if (uses.decrementAndGet() == 0) {
            detach();
            table.forget(this);
            program.release();
        }
    }
}

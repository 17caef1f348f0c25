package dev.moat.api.task;

import dev.moat.api.mm.MemoryPolicy;
import dev.moat.api.swap.Stateful;

/**
 * Where one task wants its pages to come from, unless an area says otherwise: set_mempolicy(2).
 * Changed on the task's own thread, read by anybody.
 */
@Stateful
public final class PagePlacement {
    private volatile MemoryPolicy policy = MemoryPolicy.DEFAULT;

    public MemoryPolicy policy() {
        return policy;
    }

    public void setPolicy(MemoryPolicy wanted) {
        policy = wanted;
    }

    /** What a child starts with. */
    public PagePlacement forked() {
        PagePlacement child = new PagePlacement();
        child.policy = policy;
        return child;
    }
}

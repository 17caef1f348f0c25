package dev.moat.swap.engine;

import java.util.ArrayDeque;
import java.util.Deque;
import org.jspecify.annotations.Nullable;

/** How an object was reached. */
record AuditPath(@Nullable AuditPath parent, String step) {
    static AuditPath root(Object root) {
        return new AuditPath(null, root.getClass().getSimpleName());
    }

    AuditPath below(String name) {
        return new AuditPath(this, name);
    }

    @Override
    public String toString() {
        Deque<String> steps = new ArrayDeque<>();
        for (@Nullable AuditPath at = this; at != null; at = at.parent) {
            steps.addFirst(at.step);
        }
        return String.join(" > ", steps);
    }
}

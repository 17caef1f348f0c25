package dev.moat.bpf.verify;

import org.jspecify.annotations.Nullable;

/** What was known when a path came to where paths meet. */
final class Node {
    final Knowledge knowledge;
    private final @Nullable Node above;

    /** Paths from here that have not come to their end. */
    private int branches = 1;

    Node(Knowledge knowledge, @Nullable Node above) {
        this.knowledge = knowledge;
        this.above = above;
    }

    /** Another path begins. */
    void fork() {
        branches++;
    }

    /** Whether every path from here has been followed to its end. */
    boolean isFinished() {
        return branches == 0;
    }

    /** One path has come to its end. */
    static void finish(@Nullable Node from) {
        for (Node at = from; at != null; at = at.above) {
            at.branches--;
            if (at.branches != 0) {
                return;
            }
        }
    }
}

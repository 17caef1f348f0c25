package dev.moat.swap.engine;

import dev.moat.api.swap.IncompatibleStateException;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The state of one sandbox goes to new revisions, step by step: {@link #prepare}, {@link #commit},
 * {@link #restore}; and back at any time by {@link #callOff}, also by another thread than the one
 * that hangs in code of the new revision. At the sandbox' safe point throughout.
 */
public final class Handover {
    /** Enough for the walk's own code to be compiled. */
    private static final int REHEARSALS = 8;

    private final Object root;
    private final List<Replacement> replacements;

    /** What was learnt of classes, by rehearsals too. Used by one thread after the other. */
    private final Successors successors;

    private StateMigration.Size expected = StateMigration.Size.UNKNOWN;

    private final Collection<?> components;

    /** Volatile, as what follows: called off by another thread. */
    private volatile @Nullable StateMigration migration;

    private volatile boolean committed;

    /**
     * @param root the sandbox
     * @param components services of all bundles: those that are not replaced are not looked into
     */
    public Handover(Object root, List<Replacement> replacements, Collection<?> components) {
        this.root = root;
        this.components = List.copyOf(components);
        this.replacements = List.copyOf(replacements);
        this.successors = new Successors(this.replacements);
    }

    /**
     * Walks while programs still run, so that the classes of the new revision are loaded and looked
     * at before anything stands still. What it finds may be half changed: result and failures are
     * nothing to go by.
     *
     * @return how many walks came to their end
     */
    public int rehearse() {
        int done = 0;
        for (int i = 0; i < REHEARSALS; i++) {
            try {
                var walk = new StateMigration(successors, replacements, components, expected, true);
                walk.walk(root);
                expected = walk.size();
                done++;
            } catch (RuntimeException e) {
                // Programs changed what was being walked; or the real walk will say the same.
                continue;
            }
        }
        return done;
    }

    /**
     * Makes the new objects.
     *
     * @throws IncompatibleStateException something cannot be carried over; the caller calls off
     */
    public void prepare() {
        var walk = new StateMigration(successors, replacements, components, expected, false);
        migration = walk;
        walk.walk(root);
    }

    /** Swings all references over to the new objects. Cannot fail. */
    public void commit() {
        prepared().commit();
        committed = true;
    }

    /** Lets the new objects fill what was not carried; may throw whatever their code throws. */
    public void restore() {
        prepared().restore();
    }

    /** Undoes whatever was done: the old objects go on. */
    public void callOff() {
        @Nullable StateMigration begun = migration;
        if (begun != null && committed) {
            begun.revert();
        } else if (begun != null) {
            begun.cancel();
        }
    }

    /** Objects that were made anew. */
    public long carriedObjects() {
        @Nullable StateMigration done = migration;
        return done == null ? 0 : done.carriedObjects();
    }

    private StateMigration prepared() {
        @Nullable StateMigration done = migration;
        if (done == null) {
            throw new IllegalStateException("not prepared");
        }
        return done;
    }
}

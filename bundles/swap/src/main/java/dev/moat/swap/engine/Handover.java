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
    private final Object root;
    private final List<Replacement> replacements;
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
    }

    /**
     * Makes the new objects.
     *
     * @throws IncompatibleStateException something cannot be carried over; the caller calls off
     */
    public void prepare() {
        var walk = new StateMigration(replacements, components);
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

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
    private static final int LEAST_REHEARSALS = 8;
    private static final int MOST_REHEARSALS = 64;

    /** So many walks in a row that were no faster tell that their code has been compiled. */
    private static final int LEVEL_REHEARSALS = 8;

    /** What rehearsals may take in all, beyond the least. */
    private static final long REHEARSALS_NS = 500_000_000;

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
     * nothing to go by. Walks again until that gets no faster: the JVM compiles what runs often.
     *
     * @return how many walks came to their end
     */
    public int rehearse() {
        long beganNs = System.nanoTime();
        long fastestNs = Long.MAX_VALUE;
        int level = 0;
        int done = 0;
        for (int i = 0; i < MOST_REHEARSALS && level < LEVEL_REHEARSALS; i++) {
            long startNs = System.nanoTime();
            if (i >= LEAST_REHEARSALS && startNs - beganNs > REHEARSALS_NS) {
                break;
            }
            done += rehearseOnce() ? 1 : 0;
            long tookNs = System.nanoTime() - startNs;
            level = tookNs < fastestNs / 10 * 9 ? 0 : level + 1;
            fastestNs = Math.min(fastestNs, tookNs);
        }
        return done;
    }

    private boolean rehearseOnce() {
        try {
            var walk = new StateMigration(successors, replacements, components, expected, true);
            walk.walk(root);
            expected = walk.size();
            return true;
        } catch (RuntimeException e) {
            // Programs changed what was being walked; or the real walk will say the same.
            return false;
        }
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

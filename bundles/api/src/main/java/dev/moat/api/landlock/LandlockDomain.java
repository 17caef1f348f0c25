package dev.moat.api.landlock;

import dev.moat.abi.Landlock;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.Inode;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The restrictions of a task: a layer for each landlock_restrict_self(2), of which every one must
 * allow what the task does. Never changes; a task that restricts itself further has a domain below
 * this one. Source: security/landlock/ruleset.c, domain.h.
 */
@Stateful
public final class LandlockDomain {
    /** LANDLOCK_MAX_NUM_LAYERS. */
    public static final int MAX_LAYERS = 16;

    /** What is denied by a layer that has rules about files, also if it does not say so. */
    private static final int ALWAYS_HANDLED = Landlock.LANDLOCK_ACCESS_FS_REFER;

    private final @Nullable LandlockDomain parent;

    /** From 1. */
    private final int level;

    /** LANDLOCK_ACCESS_FS_* that this layer denies but for its rules. */
    private final int handledFiles;

    /** LANDLOCK_ACCESS_FS_* that any layer handles. */
    private final int allHandledFiles;

    /** LANDLOCK_SCOPE_* of this layer. */
    private final int scopes;

    /** What this layer's rules allow below a file, by {@link Inode#identity}. */
    private final Map<Object, Integer> rules;

    /**
     * A domain that adds a layer to {@code parent}; null: that has one layer. Precondition: the
     * parent has less than {@link #MAX_LAYERS}.
     *
     * @param rules LANDLOCK_ACCESS_FS_* by identity of the inode; the map is the domain's then
     */
    public LandlockDomain(
            @Nullable LandlockDomain parent,
            int handledFiles,
            int scopes,
            Map<Object, Integer> rules) {
        this.parent = parent;
        this.level = parent == null ? 1 : parent.level + 1;
        this.handledFiles = handledFiles == 0 ? 0 : handledFiles | ALWAYS_HANDLED;
        this.allHandledFiles = this.handledFiles | (parent == null ? 0 : parent.allHandledFiles);
        this.scopes = scopes;
        this.rules = rules;
    }

    /** The domain without its newest layer; null: there was none. */
    public @Nullable LandlockDomain parent() {
        return parent;
    }

    /** How many layers it has. */
    public int level() {
        return level;
    }

    /** Whether any layer says something about files: then mounts may not be changed. */
    public boolean restrictsFiles() {
        return allHandledFiles != 0;
    }

    /** LANDLOCK_ACCESS_FS_* that any layer handles. */
    public int allHandledFiles() {
        return allHandledFiles;
    }

    /** LANDLOCK_ACCESS_FS_* that the newest layer handles. */
    public int handledFiles() {
        return handledFiles;
    }

    /** LANDLOCK_ACCESS_FS_* that a rule of the newest layer allows at and below {@code inode}. */
    public int allowedAt(Inode inode) {
        if (rules.isEmpty()) {
            return 0;
        }
        Integer allowed = rules.get(inode.identity());
        return allowed == null ? 0 : allowed;
    }

    /** Which of {@code rights} are denied to a file in a directory that is in no other one. */
    public int denied(int rights, Inode file, Inode directory) {
        int denied = 0;
        for (LandlockDomain at = this; at != null; at = at.parent) {
            int allowed = at.allowedAt(file) | at.allowedAt(directory);
            denied |= rights & at.handledFiles & ~allowed;
        }
        return denied;
    }

    /**
     * Whether a task in domain {@code from} may look into one in {@code to}: it must be restricted
     * by the same layers, at most. domain_ptrace().
     */
    public static boolean mayTrace(@Nullable LandlockDomain from, @Nullable LandlockDomain to) {
        return from == null || ancestor(to, from.level) == from;
    }

    /**
     * Whether a layer with {@code scope} keeps {@code from} away from {@code to}, which is outside
     * of that layer. domain_is_scoped().
     *
     * @param scope one of LANDLOCK_SCOPE_*
     */
    public static boolean isScoped(
            @Nullable LandlockDomain from, @Nullable LandlockDomain to, int scope) {
        for (LandlockDomain at = from; at != null; at = at.parent) {
            if ((at.scopes & scope) != 0) {
                return ancestor(to, at.level) != at;
            }
        }
        return false;
    }

    /** The first {@code level} layers of a domain; null if it has less. */
    private static @Nullable LandlockDomain ancestor(@Nullable LandlockDomain of, int level) {
        LandlockDomain at = of;
        while (at != null && at.level > level) {
            at = at.parent;
        }
        return at != null && at.level == level ? at : null;
    }
}

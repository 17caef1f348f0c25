/**
 * Carries the objects of a sandbox from one revision of a bundle to another one (decision record
 * 0009).
 *
 * <p>Key types: {@link dev.moat.swap.engine.StateMigration} (one swap of one sandbox), {@link
 * dev.moat.swap.engine.Replacement} (old and new revision), {@link dev.moat.swap.engine.Shapes}
 * (what is known of classes). Neighbours: none; it knows nothing of subsystems. Locks: none; used
 * by one thread while the sandbox is at its safe point.
 */
@NullMarked
package dev.moat.swap.engine;

import org.jspecify.annotations.NullMarked;

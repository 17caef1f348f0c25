/**
 * Hot swap of running sandboxes: what an operator asks for, done as one step or not at all.
 *
 * <p>Key types: {@link dev.moat.swap.SwapComponent} (the service), {@link dev.moat.swap.Plan} (what
 * takes whose place), {@link dev.moat.swap.SwapStep} (the step itself, at the safe points), {@link
 * dev.moat.swap.Probation} (and what follows), {@link dev.moat.swap.Retirement} (the end of
 * revisions that nobody uses). Neighbours: {@code dev.moat.swap.engine} carries the objects, {@link
 * dev.moat.api.swap.Revisions} installs. Locks: one swap at a time, by a lock of {@link
 * dev.moat.swap.SwapComponent} that is held for the whole of it.
 */
@NullMarked
package dev.moat.swap;

import org.jspecify.annotations.NullMarked;

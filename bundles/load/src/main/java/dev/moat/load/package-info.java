/**
 * The directory {@code load/} of a distribution: a kernel bundle that is put there takes the place
 * of the one that serves its subsystem, in all sandboxes.
 *
 * <p>Key types: {@link dev.moat.load.LoadDirectory}. Neighbours: Felix' fileinstall watches the
 * directory, {@link dev.moat.api.swap.SwapService} swaps. Locks: none.
 */
@NullMarked
package dev.moat.load;

import org.jspecify.annotations.NullMarked;

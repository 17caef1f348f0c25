/**
 * Checkpoints: the objects of a whole sandbox and its memory in a file, and back
 * (docs/checkpoint-format.md).
 *
 * <p>Key types: {@link dev.moat.swap.checkpoint.CheckpointOutput} and {@link
 * dev.moat.swap.checkpoint.CheckpointInput} (the container: sections, blocks, checksums), {@link
 * dev.moat.swap.checkpoint.ObjectWriter} and {@link dev.moat.swap.checkpoint.ObjectReader} (records
 * of objects), {@link dev.moat.swap.checkpoint.KernelTypes} (which classes there are). Neighbours:
 * {@code dev.moat.swap.engine} knows the shapes of classes. Locks: none; a checkpoint is one
 * thread's work while the sandbox is at its safe point.
 */
@NullMarked
package dev.moat.swap.checkpoint;

import org.jspecify.annotations.NullMarked;

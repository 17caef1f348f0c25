/**
 * The commands of scope {@code moat} in the Felix Gogo shell.
 *
 * <p>Key types: the {@code *Commands} classes, one for each topic. Neighbours: the sandboxes of
 * {@code dev.moat.api.sandbox}; options and tables are those of the {@code moat} program. Locks:
 * none.
 */
@NullMarked
package dev.moat.shell;

import org.jspecify.annotations.NullMarked;

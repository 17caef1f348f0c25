/**
 * What the commands of the program and those of the shell have in common: options of a sandbox, tables for people.
 *
 * <p>Key types: {@link dev.moat.cli.options.RunOptions}, {@link dev.moat.cli.options.Reports}. Neighbours: {@code
 * dev.moat.cli} and the shell bundle, which gets a private copy of this package. Locks: none.
 */
@NullMarked
package dev.moat.cli.options;

import org.jspecify.annotations.NullMarked;

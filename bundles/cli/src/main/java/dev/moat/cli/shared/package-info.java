/**
 * What the commands of the program and those of the shell have in common: options of a sandbox, a
 * run in the foreground, tables for people.
 *
 * <p>Key types: {@link dev.moat.cli.shared.RunOptions}, {@link dev.moat.cli.shared.ForegroundRun},
 * {@link dev.moat.cli.shared.Reports}. Neighbours: {@code dev.moat.cli} and the shell bundle, which
 * gets a private copy of this package. Locks: none.
 */
@NullMarked
package dev.moat.cli.shared;

import org.jspecify.annotations.NullMarked;

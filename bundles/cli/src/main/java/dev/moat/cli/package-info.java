/**
 * The commands of the {@code moat} program.
 *
 * <p>Parsing, help and bad usage need no kernel; a command that does gets one from {@link
 * dev.moat.cli.KernelSource}. Key types: {@link dev.moat.cli.MoatProgram} (exit codes and error
 * lines), {@link dev.moat.cli.shared.RunOptions} (the options of {@code run}, which the shell uses
 * too). Neighbours: {@code dev.moat.launcher} starts the kernel; services are those of {@code
 * dev.moat.api}. Locks: none.
 */
@NullMarked
package dev.moat.cli;

import org.jspecify.annotations.NullMarked;

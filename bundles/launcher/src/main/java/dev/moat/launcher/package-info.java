/**
 * The program {@code moat}: starts Felix with the bundles of a distribution and hands its services
 * to the commands.
 *
 * <p>Key types: {@link dev.moat.launcher.Main}, {@link dev.moat.launcher.Distribution}, {@link
 * dev.moat.launcher.FelixKernel}. Neighbours: {@code dev.moat.cli} parses and runs the commands; it
 * knows a kernel only as a source of services. This package is the only one that imports {@code
 * org.osgi.framework}. Locks: none.
 */
@NullMarked
package dev.moat.launcher;

import org.jspecify.annotations.NullMarked;

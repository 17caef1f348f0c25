/**
 * Gives benchmarks a kernel host; in the launcher's package because the launcher exports nothing.
 */
@NullMarked
package dev.moat.launcher;

import org.jspecify.annotations.NullMarked;

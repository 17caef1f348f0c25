/**
 * Makes custom kernels of the bundles of a distribution.
 *
 * <p>A recipe (a bndrun file) lists requirements; the resolver of bnd adds what these need; the
 * result is written as a distribution of its own and started once. Key types: {@link
 * dev.moat.assembler.KernelAssembler} (the steps), {@link dev.moat.assembler.Recipe}, {@link
 * dev.moat.assembler.Stock} (the bundles there are), {@link dev.moat.assembler.Resolution} (which
 * of them are taken), {@link dev.moat.assembler.MissingPiece} (why there is no kernel), {@link
 * dev.moat.assembler.NewHome} (the directory). Neighbours: {@code dev.moat.cli} has the command and
 * finds this package as a service of the class path; no start of a kernel loads it. Locks: none.
 */
@NullMarked
package dev.moat.assembler;

import org.jspecify.annotations.NullMarked;

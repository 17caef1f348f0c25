/**
 * Says whether a program ends, reads only what it may, and gives a value that means something,
 * before it ever runs. {@link dev.moat.bpf.verify.Structure} looks at the instructions one by one,
 * {@link dev.moat.bpf.verify.Verifier} follows every path through them with what is known of each
 * register. Source: Documentation/bpf/verifier.rst. Locks: none.
 */
@NullMarked
package dev.moat.bpf.verify;

import org.jspecify.annotations.NullMarked;

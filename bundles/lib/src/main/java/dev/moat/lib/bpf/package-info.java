/**
 * Classic BPF, the language of socket filters and of seccomp(2): what is a valid program, and what
 * it answers. Key types: {@link dev.moat.lib.bpf.Instructions}, {@link
 * dev.moat.lib.bpf.ProgramChecker}, {@link dev.moat.lib.bpf.Interpreter}, which looks at an {@link
 * dev.moat.lib.bpf.Input}. Nothing here has state or locks.
 */
@NullMarked
package dev.moat.lib.bpf;

import org.jspecify.annotations.NullMarked;

/**
 * {@code bpf(2)}, for programs that decide which devices the tasks of a control group may use.
 * {@link dev.moat.bpf.ProgramLoading} takes programs in, {@link dev.moat.bpf.verify.Verifier} says
 * whether they may run, {@link dev.moat.bpf.Machine} runs them; {@link dev.moat.bpf.ProgramTable}
 * has the numbers of all programs and links of a sandbox. Which programs are in force where is the
 * business of {@link dev.moat.api.cgroup.DeviceRules}.
 *
 * <p>Lock: that of the table, a leaf.
 */
@NullMarked
package dev.moat.bpf;

import org.jspecify.annotations.NullMarked;

package dev.moat.bpf.verify;

import static dev.moat.abi.Bpf.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.bpf.ProgramType;
import dev.moat.bpf.Rights;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What a program that is made to take much takes of the kernel. */
class VerifierBoundsTest {
    private static final long EXIT = of(BPF_JMP | BPF_EXIT, 0, 0, 0, 0);
    private static final long ZERO = of(BPF_ALU64 | BPF_MOV, 0, 0, 0, 0);

    /** Processor time: the machine may have other work. */
    @Test
    void manyJumps_areLookedAtOnce() throws Refusal {
        long[] program = new long[1_000_000];
        Arrays.fill(program, of(BPF_JMP | BPF_JA, 0, 0, 0, 0));
        program[program.length - 1] = EXIT;
        ThreadMXBean threads = ManagementFactory.getThreadMXBean();
        long before = threads.getCurrentThreadCpuTime();
        new Structure(program).check(fd -> false);
        long took = threads.getCurrentThreadCpuTime() - before;
        assertTrue(took < 2_000_000_000L, "took " + took + " ns");
    }

    /** Each of the second half is where one of the first half leads, backwards. */
    @Test
    void codeThatIsReachedFromBehind_isReached() throws Refusal {
        long[] program = {
            of(BPF_JMP | BPF_JA, 0, 0, 2, 0), ZERO, EXIT, of(BPF_JMP | BPF_JA, 0, 0, -3, 0),
        };
        new Structure(program).check(fd -> false);
        program[3] = of(BPF_JMP | BPF_JA, 0, 0, -2, 0);
        Refusal refusal =
                assertThrows(Refusal.class, () -> new Structure(program).check(fd -> false));
        assertEquals("unreachable insn 1", refusal.text());
    }

    /** A path that waits keeps all that is known of the stack. */
    @Test
    void fullStack_isPaidFor() throws Refusal {
        int forks = 100;
        long[] program = new long[64 + 1 + forks + 2];
        int at = 0;
        for (int slot = 1; slot <= 64; slot++) {
            program[at++] = of(BPF_ST | BPF_MEM | BPF_DW, 10, 0, -8 * slot, slot);
        }
        program[at++] = of(BPF_LDX | BPF_MEM | BPF_W, 2, 1, 4, 0);
        for (int i = 0; i < forks; i++) {
            program[at++] = of(BPF_JMP | BPF_JGT, 2, 0, 0, i);
        }
        program[at++] = ZERO;
        program[at] = EXIT;
        Counter counter = new Counter();
        new Verifier(program, ProgramType.DEVICES, new Rights(true, true, true, true), counter)
                .verify(fd -> false);
        assertTrue(counter.nodes >= forks, "nodes: " + counter.nodes);
        assertTrue(counter.bytes / counter.nodes > 5000, "bytes: " + counter.bytes);
    }

    private static final class Counter implements Verifier.Ration {
        private long nodes;
        private long bytes;

        @Override
        public boolean takeNode(int size) {
            nodes++;
            bytes += size;
            return true;
        }

        @Override
        public boolean isInterrupted() {
            return false;
        }
    }

    private static long of(int code, int target, int source, int offset, int value) {
        return code
                | (long) target << 8
                | (long) source << 12
                | (offset & 0xffffL) << 16
                | (long) value << 32;
    }
}

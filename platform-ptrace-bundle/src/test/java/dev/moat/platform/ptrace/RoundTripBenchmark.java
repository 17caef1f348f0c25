package dev.moat.platform.ptrace;

import dev.moat.abi.UserRegs;
import dev.moat.api.platform.AddressSpace;
import dev.moat.api.platform.ExecutionContext;
import dev.moat.api.platform.Exit;
import dev.moat.api.platform.Protection;
import dev.moat.api.platform.RunMode;
import java.util.Arrays;

/** Costs of the platform's operations: run {@code main}; prints medians. */
final class RoundTripBenchmark {
    /** mov eax, 39; syscall; jmp back. */
    private static final String GETPID_LOOP = "b827000000 0f05 ebf7";

    private static final int ROUNDS = 20_000;

    private RoundTripBenchmark() {}

    public static void main(String[] arguments) {
        try (Sandbox sandbox = new Sandbox();
                AddressSpace space = sandbox.load(GETPID_LOOP);
                ExecutionContext context = sandbox.context()) {
            for (int i = 0; i < 3; i++) {
                roundTrips(space, context);
                mappings(space, context);
                forks(space, context);
                spaces(sandbox);
            }
        }
    }

    private static void roundTrips(AddressSpace space, ExecutionContext context) {
        long[] times = new long[ROUNDS];
        for (int i = 0; i < ROUNDS; i++) {
            long start = System.nanoTime();
            Exit exit = context.run(space, RunMode.CONTINUE);
            if (!(exit instanceof Exit.SyscallEntry entry) || entry.number() != 39) {
                throw new IllegalStateException("not getpid: " + exit);
            }
            context.registers().set(UserRegs.RAX, 1);
            times[i] = System.nanoTime() - start;
        }
        print("system call round trip", times);
    }

    private static void mappings(AddressSpace space, ExecutionContext context) {
        long[] times = new long[2000];
        for (int i = 0; i < times.length; i++) {
            long start = System.nanoTime();
            space.map(Sandbox.DATA, 65536, 0, Protection.READ_WRITE);
            context.run(space, RunMode.CONTINUE);
            times[i] = System.nanoTime() - start;
            space.unmap(Sandbox.DATA, 65536);
            context.run(space, RunMode.CONTINUE);
        }
        print("map and round trip", times);
    }

    private static void forks(AddressSpace space, ExecutionContext context) {
        long[] times = new long[300];
        for (int i = 0; i < times.length; i++) {
            long start = System.nanoTime();
            AddressSpace child = space.fork();
            times[i] = System.nanoTime() - start;
            child.close();
            context.run(space, RunMode.CONTINUE);
        }
        print("fork of a space", times);
    }

    private static void spaces(Sandbox sandbox) {
        long[] times = new long[300];
        for (int i = 0; i < times.length; i++) {
            long start = System.nanoTime();
            AddressSpace space = sandbox.session.newAddressSpace();
            times[i] = System.nanoTime() - start;
            space.close();
        }
        print("new space", times);
    }

    private static void print(String what, long[] times) {
        Arrays.sort(times);
        System.out.printf(
                "%-24s median %.2f us, 90%% %.2f us%n",
                what, times[times.length / 2] / 1e3, times[times.length * 9 / 10] / 1e3);
    }
}

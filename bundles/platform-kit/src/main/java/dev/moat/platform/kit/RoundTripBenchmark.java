package dev.moat.platform.kit;

import dev.moat.abi.UserRegs;
import dev.moat.api.platform.AddressSpace;
import dev.moat.api.platform.ContextState;
import dev.moat.api.platform.ExecutionContext;
import dev.moat.api.platform.Exit;
import dev.moat.api.platform.Protection;
import dev.moat.api.platform.RunMode;
import java.util.Arrays;

/** Costs of a platform's operations; prints medians. */
public final class RoundTripBenchmark {
    /** mov eax, 39; syscall; jmp back. */
    private static final String GETPID_LOOP = "b827000000 0f05 ebf7";

    private static final int ROUNDS = 20_000;

    private RoundTripBenchmark() {}

    /** Measures everything three times, since code gets faster. */
    public static void run(GuestSandbox.Insides insides) {
        try (GuestSandbox sandbox = new GuestSandbox(insides);
                AddressSpace space = sandbox.load(GETPID_LOOP);
                ExecutionContext context = sandbox.context()) {
            for (int i = 0; i < 3; i++) {
                roundTrips(space, context);
                mappings(space, context);
                forks(space, context);
                spaces(sandbox);
                children(sandbox, space, context);
                threads(sandbox, space, context);
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
            space.map(GuestSandbox.DATA, 65536, 0, Protection.READ_WRITE);
            context.run(space, RunMode.CONTINUE);
            times[i] = System.nanoTime() - start;
            space.unmap(GuestSandbox.DATA, 65536);
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

    private static void spaces(GuestSandbox sandbox) {
        long[] times = new long[300];
        for (int i = 0; i < times.length; i++) {
            long start = System.nanoTime();
            AddressSpace space = sandbox.session().newAddressSpace();
            times[i] = System.nanoTime() - start;
            space.close();
        }
        print("new space", times);
    }

    /** fork, a Java thread for the child, its first system call, its end. */
    private static void children(
            GuestSandbox sandbox, AddressSpace space, ExecutionContext context) {
        long[] times = new long[200];
        for (int i = 0; i < times.length; i++) {
            long start = System.nanoTime();
            ContextState state = ContextState.of(context);
            AddressSpace child = space.fork();
            runOnce(sandbox, child, state);
            child.close();
            times[i] = System.nanoTime() - start;
            context.run(space, RunMode.CONTINUE);
        }
        print("child process", times);
    }

    private static void threads(
            GuestSandbox sandbox, AddressSpace space, ExecutionContext context) {
        long[] times = new long[200];
        for (int i = 0; i < times.length; i++) {
            long start = System.nanoTime();
            runOnce(sandbox, space, ContextState.of(context));
            times[i] = System.nanoTime() - start;
            context.run(space, RunMode.CONTINUE);
        }
        print("thread", times);
    }

    private static void runOnce(GuestSandbox sandbox, AddressSpace space, ContextState state) {
        Thread thread =
                Thread.ofPlatform()
                        .start(() -> {
                            try (ExecutionContext own = sandbox.session().newContext(state)) {
                                own.run(space, RunMode.CONTINUE);
                            }
                        });
        try {
            thread.join();
        } catch (InterruptedException e) {
            throw new IllegalStateException(e);
        }
    }

    private static void print(String what, long[] times) {
        Arrays.sort(times);
        System.out.printf(
                "%-24s median %.2f us, 90%% %.2f us%n",
                what, times[times.length / 2] / 1e3, times[times.length * 9 / 10] / 1e3);
    }
}

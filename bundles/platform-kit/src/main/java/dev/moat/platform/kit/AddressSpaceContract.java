package dev.moat.platform.kit;

import static java.lang.foreign.ValueLayout.JAVA_LONG;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.abi.UserRegs;
import dev.moat.api.platform.AddressSpace;
import dev.moat.api.platform.ContextState;
import dev.moat.api.platform.ExecutionContext;
import dev.moat.api.platform.Exit;
import dev.moat.api.platform.Protection;
import dev.moat.api.platform.RunMode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Several guest threads and address spaces. */
@Timeout(60)
public abstract class AddressSpaceContract {
    private static final String SYSCALL = "0f05";

    /** mov rax, [DATA]; syscall. */
    private static final String LOAD_AND_CALL = "488b042500006000" + SYSCALL;

    private final GuestSandbox.Insides insides;
    private final GuestSandbox sandbox;

    protected AddressSpaceContract(GuestSandbox.Insides insides) {
        this.insides = insides;
        this.sandbox = new GuestSandbox(insides);
    }

    protected final GuestSandbox sandbox() {
        return sandbox;
    }

    @AfterEach
    void close() {
        sandbox.close();
    }

    private static int number(Exit exit) {
        return assertInstanceOf(Exit.SyscallEntry.class, exit, exit::toString).number();
    }

    @Test
    void synchronizeCores_isTheHostsBarrier() {
        AddressSpace space = sandbox.session().newAddressSpace();
        assertTrue(space.synchronizeCores());
        assertTrue(space.synchronizeCores());
        space.close();
        assertFalse(space.synchronizeCores());
    }

    protected final void onNewThread(Runnable work) throws InterruptedException {
        AtomicReference<Throwable> failure = new AtomicReference<>();
        Thread thread = Thread.ofPlatform().unstarted(work);
        thread.setUncaughtExceptionHandler((_, e) -> failure.set(e));
        thread.start();
        thread.join();
        if (failure.get() != null) {
            throw new AssertionError(failure.get());
        }
    }

    @Test
    void fork_givesACopyOfTheMappings() throws Exception {
        AddressSpace parent = sandbox.load(LOAD_AND_CALL);
        try (ExecutionContext context = sandbox.context()) {
            parent.map(GuestSandbox.DATA, 4096, GuestSandbox.DATA_OFFSET, Protection.READ);
            sandbox.memory().set(JAVA_LONG, GuestSandbox.DATA_OFFSET, 11);
            assertEquals(11, number(context.run(parent, RunMode.CONTINUE)));
            context.registers().set(UserRegs.RIP, GuestSandbox.CODE);
            ContextState state = ContextState.of(context);
            AddressSpace child = parent.fork();
            parent.unmap(GuestSandbox.DATA, 4096);
            onNewThread(() -> {
                try (ExecutionContext forked = sandbox.session().newContext(state)) {
                    assertEquals(11, number(forked.run(child, RunMode.CONTINUE)));
                }
                child.close();
            });
            context.registers().set(UserRegs.RIP, GuestSandbox.CODE);
            assertInstanceOf(Exit.Fault.class, context.run(parent, RunMode.CONTINUE));
        }
    }

    @Test
    void fork_appliesQueuedChangesFirst() throws Exception {
        AddressSpace parent = sandbox.load(LOAD_AND_CALL);
        parent.map(GuestSandbox.DATA, 4096, GuestSandbox.DATA_OFFSET, Protection.READ);
        AddressSpace child = parent.fork();
        sandbox.memory().set(JAVA_LONG, GuestSandbox.DATA_OFFSET, 12);
        onNewThread(() -> {
            try (ExecutionContext context = sandbox.context()) {
                assertEquals(12, number(context.run(child, RunMode.CONTINUE)));
            }
        });
    }

    @Test
    void protect_thatJoinsItsNeighbour_ends() {
        AddressSpace space = sandbox.load(LOAD_AND_CALL);
        space.map(GuestSandbox.DATA, 4096, GuestSandbox.DATA_OFFSET, Protection.NONE);
        space.map(GuestSandbox.DATA + 4096, 4096, GuestSandbox.DATA_OFFSET, Protection.READ);
        space.protect(GuestSandbox.DATA, 4096, Protection.READ);
        sandbox.memory().set(JAVA_LONG, GuestSandbox.DATA_OFFSET, 3);
        try (ExecutionContext context = sandbox.context()) {
            assertEquals(3, number(context.run(space, RunMode.CONTINUE)));
        }
    }

    @Test
    void refusedMapping_dropsTheOthersAndGoesOn() {
        AddressSpace space = sandbox.load(LOAD_AND_CALL);
        try (ExecutionContext context = sandbox.context()) {
            assertInstanceOf(Exit.Fault.class, context.run(space, RunMode.CONTINUE));
            // the host has no file offset below zero: EINVAL
            space.map(GuestSandbox.DATA, 4096, -4096, Protection.READ);
            Exit code = context.run(space, RunMode.CONTINUE);
            assertEquals(GuestSandbox.CODE, assertInstanceOf(Exit.Fault.class, code).address());
            space.map(GuestSandbox.CODE, 4096, 0, Protection.READ_EXECUTE);
            space.map(GuestSandbox.DATA, 4096, GuestSandbox.DATA_OFFSET, Protection.READ);
            sandbox.memory().set(JAVA_LONG, GuestSandbox.DATA_OFFSET, 9);
            assertEquals(9, number(context.run(space, RunMode.CONTINUE)));
        }
    }

    @Test
    void moreMappingsThanTheHostAllows_startOver() {
        AddressSpace space = sandbox.load(LOAD_AND_CALL);
        try (ExecutionContext context = sandbox.context()) {
            // no two of them join
            for (long i = 0; i < 70_000; i++) {
                space.map(0x10000000 + i * 8192, 4096, 0, Protection.READ);
            }
            Exit exit = context.run(space, RunMode.CONTINUE);
            assertEquals(GuestSandbox.CODE, assertInstanceOf(Exit.Fault.class, exit).address());
            space.map(GuestSandbox.CODE, 4096, 0, Protection.READ_EXECUTE);
            assertEquals(
                    GuestSandbox.DATA,
                    assertInstanceOf(Exit.Fault.class, context.run(space, RunMode.CONTINUE))
                            .address());
        }
    }

    @Test
    void context_canMoveToAnotherSpace() {
        AddressSpace first = sandbox.load(LOAD_AND_CALL);
        AddressSpace second = sandbox.load(LOAD_AND_CALL);
        sandbox.memory().set(JAVA_LONG, GuestSandbox.DATA_OFFSET, 1);
        sandbox.memory().set(JAVA_LONG, GuestSandbox.DATA_OFFSET + 4096, 2);
        first.map(GuestSandbox.DATA, 4096, GuestSandbox.DATA_OFFSET, Protection.READ);
        second.map(GuestSandbox.DATA, 4096, GuestSandbox.DATA_OFFSET + 4096, Protection.READ);
        try (ExecutionContext context = sandbox.context()) {
            for (int i = 0; i < 5; i++) {
                context.registers().set(UserRegs.RIP, GuestSandbox.CODE);
                assertEquals(1, number(context.run(first, RunMode.CONTINUE)));
                context.registers().set(UserRegs.RIP, GuestSandbox.CODE);
                assertEquals(2, number(context.run(second, RunMode.CONTINUE)));
            }
            first.close();
            context.registers().set(UserRegs.RIP, GuestSandbox.CODE);
            assertEquals(2, number(context.run(second, RunMode.CONTINUE)));
        }
    }

    @Test
    void manyThreads_shareOneSpace() throws Exception {
        int count = 1000;
        // lock inc qword [DATA]; mov eax, 39; syscall; mov eax, 60; syscall
        AddressSpace space =
                sandbox.load(
                        "f048ff042500006000" + "b827000000" + SYSCALL + "b83c000000" + SYSCALL);
        space.map(GuestSandbox.DATA, 4096, GuestSandbox.DATA_OFFSET, Protection.READ_WRITE);
        CountDownLatch allInside = new CountDownLatch(count);
        AtomicInteger good = new AtomicInteger();
        List<Thread> threads = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            threads.add(
                    Thread.ofPlatform()
                            .start(() -> {
                                try (ExecutionContext context = sandbox.context()) {
                                    assertEquals(39, number(context.run(space, RunMode.CONTINUE)));
                                    allInside.countDown();
                                    allInside.await();
                                    if (number(context.run(space, RunMode.CONTINUE)) == 60) {
                                        good.incrementAndGet();
                                    }
                                } catch (InterruptedException e) {
                                    throw new IllegalStateException(e);
                                }
                            }));
        }
        for (Thread thread : threads) {
            thread.join();
        }
        assertEquals(count, good.get());
        assertEquals(count, sandbox.memory().get(JAVA_LONG, GuestSandbox.DATA_OFFSET));
    }

    @Test
    void unmapAndSync_stopARunningReader() throws Exception {
        // mov rax, [DATA]; jmp back
        AddressSpace space = sandbox.load("488b042500006000" + "ebf6");
        space.map(GuestSandbox.DATA, 4096, GuestSandbox.DATA_OFFSET, Protection.READ);
        AtomicReference<Exit> exit = new AtomicReference<>();
        AtomicReference<ExecutionContext> reader = new AtomicReference<>();
        Thread thread =
                Thread.ofPlatform()
                        .start(() -> {
                            try (ExecutionContext context = sandbox.context()) {
                                reader.set(context);
                                exit.set(context.run(space, RunMode.CONTINUE));
                            }
                        });
        while (reader.get() == null || !insides.isInGuest(reader.get())) {
            Thread.onSpinWait();
        }
        space.unmap(GuestSandbox.DATA, 4096);
        space.sync();
        thread.join();
        assertInstanceOf(Exit.Fault.class, exit.get());
    }

    @Test
    void busyGuests_areSpreadOverCpus() throws Exception {
        AddressSpace space = sandbox.load("ebfe");
        List<Thread> threads = new ArrayList<>();
        List<ExecutionContext> contexts = Collections.synchronizedList(new ArrayList<>());
        // both start on the CPU of this thread
        try (ExecutionContext own = sandbox.context()) {
            for (int i = 0; i < 2; i++) {
                threads.add(
                        Thread.ofPlatform()
                                .start(() -> {
                                    try (ExecutionContext context = sandbox.context()) {
                                        contexts.add(context);
                                        context.run(space, RunMode.CONTINUE);
                                    }
                                }));
            }
            while (contexts.size() < 2
                    || (sandbox.host().system().usableCpus() > 1
                            && insides.cpu(contexts.get(0)) == insides.cpu(contexts.get(1)))) {
                Thread.onSpinWait();
            }
            contexts.forEach(ExecutionContext::interrupt);
        }
        for (Thread thread : threads) {
            thread.join();
        }
    }

    @Test
    void killFromOutside_isReportedAsLost() throws Exception {
        AddressSpace space = sandbox.load("ebfe");
        Thread killer;
        try (ExecutionContext context = sandbox.context()) {
            killer =
                    Thread.ofPlatform()
                            .start(() -> {
                                while (!insides.isInGuest(context)) {
                                    Thread.onSpinWait();
                                }
                                int pid = insides.processId(space);
                                // neither of these ends a guest
                                sandbox.host().processes().signalProcess(pid, 15);
                                sandbox.host().processes().signalProcess(pid, 2);
                                sandbox.host().processes().signalProcess(pid, 9);
                            });
            assertInstanceOf(Exit.Lost.class, context.run(space, RunMode.CONTINUE));
            assertInstanceOf(Exit.Lost.class, context.run(space, RunMode.CONTINUE));
        }
        killer.join();
        space.close();
    }

    @Test
    void session_leavesNoProcessBehind() throws Exception {
        List<Integer> processes = new ArrayList<>();
        try (GuestSandbox other = new GuestSandbox(insides)) {
            for (int i = 0; i < 10; i++) {
                processes.add(insides.processId(other.session().newAddressSpace()));
            }
            AddressSpace closed = other.session().newAddressSpace();
            processes.add(insides.processId(closed));
            closed.close();
            assertTrue(Files.exists(Path.of("/proc/" + processes.getFirst())));
        }
        for (int pid : processes) {
            assertFalse(Files.exists(Path.of("/proc/" + pid)), "process " + pid + " is left");
        }
    }
}

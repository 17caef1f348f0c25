package dev.moat.uring;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.abi.IoUring;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.HeapAccount;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.MemoryManager;
import dev.moat.api.mm.MemoryService;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.KernelBugs;
import dev.moat.api.swap.SafePoint;
import dev.moat.api.syscall.SyscallDispatcher;
import dev.moat.api.task.Limits;
import dev.moat.api.task.Task;
import dev.moat.api.task.ThreadGroup;
import dev.moat.api.time.Clock;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/** A task with a ring, in a sandbox whose system calls are the test's. */
final class FakeGuest implements AutoCloseable {
    /** A system call without arguments in memory. */
    static final int SOCKET = 45;

    private static final RingLayout LAYOUT =
            new RingLayout(64, 128, Sqe.BYTES, RingLayout.COMPLETION_BYTES, false);

    /** What system calls of operations do. */
    interface Calls {
        long call(Task task, int number);
    }

    /** Bytes at places far apart. */
    private static final class Bytes {
        private final Map<Long, Byte> known = new HashMap<>();

        synchronized Object call(String method, Object[] arguments) {
            switch (method) {
                case "read" -> {
                    long at = (long) arguments[0];
                    IoBuffer target = (IoBuffer) arguments[1];
                    byte[] bytes = new byte[(int) target.remaining()];
                    for (int i = 0; i < bytes.length; i++) {
                        bytes[i] = known.getOrDefault(at + i, (byte) 0);
                    }
                    return target.put(MemorySegment.ofArray(bytes), 0, bytes.length);
                }
                case "write" -> {
                    long at = (long) arguments[0];
                    IoBuffer source = (IoBuffer) arguments[1];
                    byte[] bytes = new byte[(int) source.remaining()];
                    source.get(MemorySegment.ofArray(bytes), 0, bytes.length);
                    for (int i = 0; i < bytes.length; i++) {
                        known.put(at + i, bytes[i]);
                    }
                    return (long) bytes.length;
                }
                default -> {
                    return null;
                }
            }
        }
    }

    final List<String> log = new CopyOnWriteArrayList<>();

    /** Pages of the kernel host's heap that the sandbox may still take. */
    volatile long leftPages = 1 << 20;

    final HeapAccount heap = new HeapAccount(new Room());
    final Task task;
    final Ring ring;

    private final Map<String, AutoCloseable> parts = new HashMap<>();
    private final RingMemory memory;
    private int submitted;

    private final class Room implements HeapAccount.Pages {
        @Override
        public boolean takeHeap(long count) {
            if (count > leftPages) {
                return false;
            }
            leftPages -= count;
            return true;
        }

        @Override
        public void adjustHeap(long count) {
            leftPages -= count;
        }

        @Override
        public boolean hasHeapRoom() {
            return leftPages > 0;
        }
    }

    FakeGuest(Calls calls) {
        SyscallDispatcher dispatcher =
                fake(
                        SyscallDispatcher.class,
                        (_, arguments) -> calls.call((Task) arguments[0], (int) arguments[1]));
        MemoryService.SandboxMemory kernelMemory =
                fake(
                        MemoryService.SandboxMemory.class,
                        (method, _) ->
                                switch (method) {
                                    case "heap" -> heap;
                                    case "newFilePages" -> fake(FilePages.class, new Bytes()::call);
                                    default -> throw new UnsupportedOperationException(method);
                                });
        Clock clock = fake(Clock.class, (_, _) -> 0L);
        SafePoint safePoint = new SafePoint();
        KernelBugs bugs = new KernelBugs();
        Sandbox sandbox =
                fake(
                        Sandbox.class,
                        (method, arguments) ->
                                switch (method) {
                                    case "memory" -> kernelMemory;
                                    case "syscalls" -> dispatcher;
                                    case "clock" -> clock;
                                    case "safePoint" -> safePoint;
                                    case "bugs" -> bugs;
                                    case "name" -> "fake";
                                    case "log" -> log.add((String) arguments[0]) ? null : null;
                                    case "part" -> part(arguments);
                                    default -> throw new UnsupportedOperationException(method);
                                });
        MemoryManager space = fake(MemoryManager.class, (_, _) -> null);
        Limits limits = fake(Limits.class, (_, _) -> 100L);
        ThreadGroup group = fake(ThreadGroup.class, (_, _) -> limits);
        task =
                fake(
                        Task.class,
                        (method, _) ->
                                switch (method) {
                                    case "sandbox" -> sandbox;
                                    case "memory" -> space;
                                    case "group" -> group;
                                    case "files" -> null;
                                    default -> throw new UnsupportedOperationException(method);
                                });
        memory = new RingMemory(sandbox, LAYOUT);
        ring = new Ring(task, new RingSettings(LAYOUT, IoUring.IORING_SETUP_NO_SQARRAY, 0), memory);
    }

    private Object part(Object[] arguments) {
        @SuppressWarnings("unchecked")
        Supplier<? extends AutoCloseable> maker = (Supplier<? extends AutoCloseable>) arguments[1];
        return parts.computeIfAbsent((String) arguments[0], _ -> maker.get());
    }

    private interface Behaviour {
        Object call(String method, Object[] arguments);
    }

    private static <T> T fake(Class<T> type, Behaviour behaviour) {
        return type.cast(
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (_, method, arguments) -> behaviour.call(method.getName(), arguments)));
    }

    static Sqe entry(int opcode, long userData) {
        return new Sqe(opcode, 0, 0, 1, 1, 0, 0, 0, userData, 1, 0, 0, 0);
    }

    /** Puts an operation into the ring. */
    void prepare(int opcode, long userData) {
        byte[] entry = new byte[Sqe.BYTES];
        entry[0] = (byte) opcode;
        MemorySegment.ofArray(entry).set(JAVA_LONG_UNALIGNED, 32, userData);
        long at = LAYOUT.submission(submitted & LAYOUT.entries() - 1);
        for (int i = 0; i < Sqe.BYTES; i += 4) {
            memory.write(at + i, MemorySegment.ofArray(entry).get(JAVA_INT_UNALIGNED, i));
        }
        submitted++;
        memory.write(RingLayout.SQ_TAIL, submitted);
    }

    /** User data and result of all completions, as "1: -5". */
    List<String> completions() {
        List<String> told = new ArrayList<>();
        for (int i = 0; i < ring.completionsWaiting(); i++) {
            long at = LAYOUT.completion(i);
            told.add(memory.read(at) + ": " + memory.read(at + 8));
        }
        return told;
    }

    @Override
    public void close() throws Exception {
        for (AutoCloseable part : parts.values()) {
            part.close();
        }
    }
}

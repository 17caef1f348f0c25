package dev.moat.syscall.strace;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.abi.Errno;
import dev.moat.api.mm.UserMemory;
import dev.moat.api.task.Resumption;
import dev.moat.api.task.Task;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;

/** A task with 64 KiB of memory at {@link #BASE}. */
final class FakeGuest {
    static final long BASE = 0x10000;

    final MemorySegment memory = MemorySegment.ofArray(new byte[65536]);
    final int tid;

    private final UserMemory user =
            fake(
                    UserMemory.class,
                    (proxy, method, arguments) -> {
                        if (method.isDefault()) {
                            return InvocationHandler.invokeDefault(proxy, method, arguments);
                        }
                        long at = (long) arguments[0] - BASE;
                        if (at < 0 || at + 8 > memory.byteSize()) {
                            throw Errno.EFAULT.exception();
                        }
                        return switch (method.getName()) {
                            case "readByte" -> memory.get(JAVA_BYTE, at);
                            case "readInt" -> memory.get(JAVA_INT_UNALIGNED, at);
                            case "readLong" -> memory.get(JAVA_LONG_UNALIGNED, at);
                            case "copyIn" -> {
                                MemorySegment.copy(
                                        memory,
                                        at,
                                        (MemorySegment) arguments[1],
                                        (long) arguments[2],
                                        (long) arguments[3]);
                                yield null;
                            }
                            default -> throw new UnsupportedOperationException(method.getName());
                        };
                    });

    final Resumption resumption = new Resumption();

    private final Task task;

    FakeGuest(int tid) {
        this.tid = tid;
        this.task =
                fake(
                        Task.class,
                        (proxy, method, arguments) ->
                                switch (method.getName()) {
                                    case "tid", "tgid" -> tid;
                                    case "user" -> user;
                                    case "resumption" -> resumption;
                                    default ->
                                            throw new UnsupportedOperationException(
                                                    method.getName());
                                });
    }

    Task task() {
        return task;
    }

    /** Puts a string and gives its address. */
    long string(int offset, String text) {
        byte[] bytes = (text + "\0").getBytes(StandardCharsets.ISO_8859_1);
        MemorySegment.copy(MemorySegment.ofArray(bytes), 0, memory, offset, bytes.length);
        return BASE + offset;
    }

    long longs(int offset, long... values) {
        for (int i = 0; i < values.length; i++) {
            memory.set(JAVA_LONG_UNALIGNED, offset + 8L * i, values[i]);
        }
        return BASE + offset;
    }

    long ints(int offset, int... values) {
        for (int i = 0; i < values.length; i++) {
            memory.set(JAVA_INT_UNALIGNED, offset + 4L * i, values[i]);
        }
        return BASE + offset;
    }

    private static <T> T fake(Class<T> type, InvocationHandler handler) {
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }
}

package dev.moat.task.futex;

import dev.moat.api.mm.MemoryManager;
import dev.moat.api.mm.UserMemory;
import dev.moat.api.namespace.PidView;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.task.Task;
import dev.moat.api.task.Tasks;
import java.lang.reflect.Proxy;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.FutureTask;

/** Tasks with a few words of shared memory, as futexes see them. */
final class FutexGuests {
    private final Map<Long, Integer> words = new ConcurrentHashMap<>();
    private final Map<Integer, Task> tasks = new ConcurrentHashMap<>();

    private interface Behaviour {
        Object call(String method, Object[] arguments);
    }

    FutureTask<Long> run(Callable<Long> body) {
        FutureTask<Long> task = new FutureTask<>(body);
        Thread.ofPlatform().daemon().start(task);
        return task;
    }

    void write(long addr, int value) {
        words.put(addr, value);
    }

    int read(long addr) {
        return words.getOrDefault(addr, 0);
    }

    Task task(int tid) {
        return tasks.computeIfAbsent(tid, this::newTask);
    }

    private Task newTask(int tid) {
        UserMemory user =
                fake(
                        UserMemory.class,
                        (method, arguments) ->
                                switch (method) {
                                    case "readIntVolatile", "readInt" -> read((Long) arguments[0]);
                                    case "writeInt" ->
                                            words.put((Long) arguments[0], (Integer) arguments[1]);
                                    case "compareAndExchangeInt" ->
                                            exchange(
                                                    (Long) arguments[0],
                                                    (Integer) arguments[1],
                                                    (Integer) arguments[2]);
                                    default -> throw new UnsupportedOperationException(method);
                                });
        MemoryManager memory =
                fake(
                        MemoryManager.class,
                        (method, arguments) ->
                                switch (method) {
                                    case "id" -> 1L;
                                    case "user" -> user;
                                    default -> throw new UnsupportedOperationException(method);
                                });
        Tasks all =
                fake(
                        Tasks.class,
                        (method, arguments) -> Optional.ofNullable(tasks.get(arguments[0])));
        Sandbox sandbox = fake(Sandbox.class, (method, arguments) -> all);
        return fake(
                Task.class,
                (method, arguments) ->
                        switch (method) {
                            case "tid" -> tid;
                            case "pids" -> PidView.First.INSTANCE;
                            case "user" -> user;
                            case "memory" -> memory;
                            case "sandbox" -> sandbox;
                            default -> throw new UnsupportedOperationException(method);
                        });
    }

    private int exchange(long addr, int expected, int replacement) {
        int[] found = new int[1];
        words.compute(
                addr,
                (key, value) -> {
                    found[0] = value == null ? 0 : value;
                    return found[0] == expected ? (Integer) replacement : value;
                });
        return found[0];
    }

    private static <T> T fake(Class<T> type, Behaviour behaviour) {
        return type.cast(
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (proxy, method, arguments) ->
                                switch (method.getName()) {
                                    case "hashCode" -> System.identityHashCode(proxy);
                                    case "equals" -> proxy == arguments[0];
                                    case "toString" -> "fake";
                                    default -> behaviour.call(method.getName(), arguments);
                                }));
    }
}

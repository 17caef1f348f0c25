package dev.moat.syscall;

import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.KernelBugs;
import dev.moat.api.task.Resumption;
import dev.moat.api.task.Task;
import java.lang.reflect.Proxy;
import java.util.ArrayList;
import java.util.List;

/** A task of which only identity, name and the sandbox's log exist. */
final class FakeTask {
    private final List<String> log = new ArrayList<>();
    private final Sandbox sandbox =
            fake(
                    Sandbox.class,
                    (method, arguments) ->
                            switch (method) {
                                case "bugs" -> new KernelBugs();
                                case "log" -> log.add((String) arguments[0]) ? null : null;
                                default -> throw new UnsupportedOperationException(method);
                            });
    private final Task task =
            fake(
                    Task.class,
                    (method, arguments) ->
                            switch (method) {
                                case "name" -> "prog";
                                case "tid", "tgid" -> 7;
                                case "sandbox" -> sandbox;
                                case "resumption" -> new Resumption();
                                default -> throw new UnsupportedOperationException(method);
                            });

    Task task() {
        return task;
    }

    List<String> log() {
        return log;
    }

    private interface Behaviour {
        Object call(String method, Object[] arguments);
    }

    private static <T> T fake(Class<T> type, Behaviour behaviour) {
        return type.cast(
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (proxy, method, arguments) -> behaviour.call(method.getName(), arguments)));
    }
}

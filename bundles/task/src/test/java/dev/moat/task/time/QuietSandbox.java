package dev.moat.task.time;

import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.KernelBugs;
import dev.moat.api.swap.SafePoint;
import dev.moat.task.process.Fakes;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;

/** What a timer queue sees of its sandbox. */
final class QuietSandbox {
    final KernelBugs bugs = new KernelBugs();
    final SafePoint safePoint = new SafePoint();
    final List<String> log = new CopyOnWriteArrayList<>();

    private final String name = "test-" + System.identityHashCode(this);

    Sandbox sandbox() {
        return Fakes.fake(
                Sandbox.class,
                (method, arguments) ->
                        switch (method) {
                            case "name" -> name;
                            case "bugs" -> bugs;
                            case "safePoint" -> safePoint;
                            case "log" -> {
                                log.add((String) arguments[0]);
                                yield null;
                            }
                            default -> throw Fakes.unexpected(method);
                        });
    }
}

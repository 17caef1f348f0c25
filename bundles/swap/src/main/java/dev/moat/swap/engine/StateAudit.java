package dev.moat.swap.engine;

import dev.moat.api.swap.Restorable;
import dev.moat.api.swap.SharedParts;
import dev.moat.api.swap.Stateful;
import dev.moat.api.swap.Stateless;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.MethodHandle;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Looks at all objects of a sandbox as if every subsystem were to be replaced, and tells what could
 * not be carried over. It changes nothing and stops at nothing; to be used at the safe point, where
 * threads have let go of what they work on.
 */
public final class StateAudit {
    /** Bundles that are not replaced under a sandbox; theirs is the part that replaces others. */
    private static final Set<String> STAY =
            Set.of(
                    "dev.moat.api",
                    "dev.moat.abi",
                    "dev.moat.host",
                    "dev.moat.sandbox",
                    "dev.moat.launcher",
                    "dev.moat.cli",
                    "dev.moat.shell",
                    "dev.moat.swap",
                    // Contexts of tasks are made anew by another platform, from their registers.
                    "dev.moat.platform");

    /** What each platform has a copy of, and nobody else. */
    private static final String OF_PLATFORMS = "dev.moat.lib.stub.";

    private final Map<Object, AuditPath> reached = new IdentityHashMap<>();
    private final Deque<Reached> pending = new ArrayDeque<>();
    private final Map<String, Finding> findings = new LinkedHashMap<>();

    /** Services and shared parts: not state, and not looked into. */
    private final Map<Object, Boolean> boundaries = new IdentityHashMap<>();

    /** What a problem means. */
    public enum Severity {
        /** The object could not be carried over to a new revision. */
        SWAP,
        /** A swap is fine; a checkpoint needs more than the fields. */
        CHECKPOINT
    }

    /**
     * One problem, told once however many objects have it.
     *
     * @param path how the first such object is reached from the sandbox
     */
    public record Finding(Severity severity, String problem, String path) {
        @Override
        public String toString() {
            return severity + ": " + problem + "\n    at " + path;
        }
    }

    private record Reached(Object value, AuditPath path) {}

    private StateAudit() {}

    /**
     * All problems of one sandbox, in the order in which they were reached.
     *
     * @param root the sandbox
     * @param components services of all bundles
     */
    public static List<Finding> of(Object root, Collection<?> components) {
        StateAudit audit = new StateAudit();
        for (Object component : components) {
            audit.boundaries.put(component, true);
            if (component instanceof SharedParts parts) {
                parts.sharedParts().values().forEach(part -> audit.boundaries.put(part, true));
            }
        }
        audit.reach(root, AuditPath.root(root));
        audit.walk();
        for (Object component : components) {
            audit.lookAtComponent(component);
        }
        return List.copyOf(audit.findings.values());
    }

    private void walk() {
        for (Reached next = pending.poll(); next != null; next = pending.poll()) {
            look(next.value(), next.path());
        }
    }

    private void reach(@Nullable Object value, AuditPath path) {
        if (value == null
                || boundaries.containsKey(value)
                || reached.putIfAbsent(value, path) != null) {
            return;
        }
        pending.add(new Reached(value, path));
    }

    private void look(Object value, AuditPath path) {
        Class<?> type = value.getClass();
        if (type.isArray()) {
            lookAtArray(value, path);
        } else if (value instanceof Enum || type.isAnnotationPresent(Stateless.class)) {
            return;
        } else if (type.isHidden()) {
            lookAtLambda(value, path);
        } else if (Containers.knows(type)) {
            lookAtContainer(value, path);
        } else if (Shapes.isKernelClass(type)) {
            lookAtObject(value, path);
        } else {
            lookAtForeign(value, path);
        }
    }

    private void lookAtArray(Object array, AuditPath path) {
        if (array instanceof Object[] elements) {
            for (int i = 0; i < elements.length; i++) {
                reach(elements[i], path.below("[" + i + "]"));
            }
        }
    }

    private void lookAtContainer(Object container, AuditPath path) {
        int index = 0;
        for (Object element : Containers.contents(container)) {
            reach(element, path.below("[" + index++ + "]"));
        }
        @Nullable Object comparator = Containers.comparator(container);
        if (comparator != null && !comparator.getClass().getName().startsWith("java.util.")) {
            report(Severity.SWAP, "a collection is ordered by " + nameOf(comparator), path);
        }
    }

    /** The bundle's own lambdas are lost; those of bundles that stay must not hold what changes. */
    private void lookAtLambda(Object lambda, AuditPath path) {
        Class<?> type = lambda.getClass();
        boolean own = isReplaceable(type);
        report(own ? Severity.SWAP : Severity.CHECKPOINT, "a lambda of " + nameOf(lambda), path);
        for (Field field : type.getDeclaredFields()) {
            @Nullable Object captured =
                    Modifier.isStatic(field.getModifiers()) ? null : get(field, lambda);
            if (captured != null && isReplaceable(captured.getClass())) {
                report(
                        Severity.SWAP,
                        "a lambda of %s holds a %s".formatted(nameOf(lambda), nameOf(captured)),
                        path);
            }
            reach(captured, path.below("captured"));
        }
    }

    private void lookAtForeign(Object value, AuditPath path) {
        Class<?> type = value.getClass();
        if (!Leaves.knows(type)) {
            report(Severity.SWAP, "nobody knows how to carry a " + type.getName(), path);
        } else if (value instanceof Thread thread) {
            lookAtThread(thread, path);
        } else if (value instanceof MethodHandle) {
            report(Severity.SWAP, "a method handle leads to a method of one revision", path);
        } else if (value instanceof MemorySegment segment && segment.isNative()) {
            report(Severity.CHECKPOINT, "host memory", path);
        } else if (value instanceof AutoCloseable) {
            report(Severity.CHECKPOINT, "a resource of the host: " + type.getName(), path);
        }
    }

    /** At the safe point no thread is within any bundle. */
    private void lookAtThread(Thread thread, AuditPath path) {
        for (StackTraceElement frame : thread.getStackTrace()) {
            if (!stays(frame.getClassName())) {
                report(
                        Severity.SWAP,
                        "thread '%s' is in %s".formatted(thread.getName(), frame.getClassName()),
                        path);
                return;
            }
        }
    }

    private void lookAtObject(Object value, AuditPath path) {
        Class<?> type = value.getClass();
        if (isReplaceable(type)) {
            checkClass(type, path);
        }
        for (Class<?> declaring = type;
                declaring != null && Shapes.isKernelClass(declaring);
                declaring = declaring.getSuperclass()) {
            for (Field field : declaring.getDeclaredFields()) {
                if (Shapes.isCarried(field)) {
                    lookAtField(value, field, path);
                }
            }
        }
    }

    private void checkClass(Class<?> type, AuditPath path) {
        if (type.isAnonymousClass() || type.isLocalClass()) {
            report(Severity.SWAP, "a class without a name: " + type.getName(), path);
            return;
        }
        for (Class<?> declaring = type;
                declaring != null && declaring != Object.class;
                declaring = declaring.getSuperclass()) {
            if (declaring.isRecord() || !isReplaceable(declaring)) {
                if (!Shapes.isKernelClass(declaring) && declaring != Record.class) {
                    report(
                            Severity.SWAP,
                            "%s extends %s, whose fields are closed"
                                    .formatted(type.getName(), declaring.getName()),
                            path);
                }
                return;
            }
            if (!declaring.isAnnotationPresent(Stateful.class) && !isLibrary(declaring)) {
                report(Severity.SWAP, declaring.getName() + " is not @Stateful", path);
            }
        }
    }

    /** Plain data structures, copied into each bundle. */
    private static boolean isLibrary(Class<?> type) {
        return type.getName().startsWith("dev.moat.lib.");
    }

    private void lookAtField(Object owner, Field field, AuditPath path) {
        String name = field.getDeclaringClass().getSimpleName() + "." + field.getName();
        if (field.getType() == int.class) {
            boolean descriptor = field.getName().equals("fd") || field.getName().endsWith("Fd");
            if (descriptor && get(field, owner) instanceof Integer fd && fd >= 0) {
                report(Severity.CHECKPOINT, "a host descriptor: " + name, path);
            }
        } else if (!field.getType().isPrimitive()) {
            reach(get(field, owner), path.below(name));
        }
    }

    /**
     * What state and a component both refer to is torn apart by a swap, unless it is told as a
     * shared part, or registers itself.
     */
    private void lookAtComponent(Object component) {
        Map<Object, Boolean> seen = new IdentityHashMap<>();
        Deque<Object> inside = new ArrayDeque<>(List.of(component));
        while (!inside.isEmpty()) {
            Object next = inside.poll();
            for (Object value : referredBy(next)) {
                boolean kernel = Shapes.isKernelClass(value.getClass());
                if (boundaries.containsKey(value) || seen.put(value, true) != null) {
                    continue;
                }
                @Nullable AuditPath path = reached.get(value);
                if (path == null) {
                    inside.add(value);
                } else if (kernel && isReplaceable(value.getClass()) && isStateful(value)) {
                    report(
                            Severity.SWAP,
                            "%s holds a %s, which the state of a sandbox refers to"
                                    .formatted(component.getClass().getName(), nameOf(value)),
                            path);
                }
            }
        }
    }

    private static boolean isStateful(Object value) {
        return !(value instanceof Enum)
                && !(value instanceof Record)
                && !(value instanceof Restorable);
    }

    private static List<Object> referredBy(Object value) {
        List<Object> values = new java.util.ArrayList<>();
        Class<?> type = value.getClass();
        if (value instanceof Object[] elements) {
            java.util.Collections.addAll(values, elements);
        } else if (Containers.knows(type)) {
            values.addAll(Containers.contents(value));
        } else if (Shapes.isKernelClass(type)
                && !(value instanceof Enum)
                && !type.isAnnotationPresent(Stateless.class)) {
            for (Class<?> declaring = type;
                    declaring != null && Shapes.isKernelClass(declaring);
                    declaring = declaring.getSuperclass()) {
                for (Field field : declaring.getDeclaredFields()) {
                    boolean reference = !field.getType().isPrimitive();
                    if (reference && !Modifier.isStatic(field.getModifiers())) {
                        values.add(get(field, value));
                    }
                }
            }
        }
        values.removeIf(java.util.Objects::isNull);
        return values;
    }

    private static boolean isReplaceable(Class<?> type) {
        return Shapes.isKernelClass(type) && !stays(type.getName());
    }

    private static boolean stays(String className) {
        if (!className.startsWith("dev.moat.")) {
            return true;
        }
        int end = className.indexOf('.', "dev.moat.".length());
        return end > 0 && STAY.contains(className.substring(0, end))
                || className.startsWith(OF_PLATFORMS);
    }

    private static String nameOf(Object value) {
        return value.getClass().getName().replaceFirst("\\$\\$Lambda.*", "");
    }

    private static @Nullable Object get(Field field, Object owner) {
        try {
            field.setAccessible(true);
            return field.get(owner);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(field + " was made accessible", e);
        }
    }

    private void report(Severity severity, String problem, AuditPath path) {
        findings.putIfAbsent(problem, new Finding(severity, problem, path.toString()));
    }
}

package dev.moat.swap.engine;

import dev.moat.api.swap.IncompatibleStateException;
import dev.moat.api.swap.Restorable;
import dev.moat.api.swap.SharedParts;
import java.lang.ref.Reference;
import java.lang.reflect.Array;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * One swap of the state of one sandbox: makes successors of all objects of the old revisions and
 * finds every reference to them. Used by one thread while the sandbox is at its safe point; {@link
 * #prepare} changes nothing that is in use, {@link #commit} cannot fail.
 */
public final class StateMigration {
    private final Shapes shapes;
    private final Successors successors;
    private final IdentityHashMap<Object, Object> moved;

    /** Objects that stay and were looked at. */
    private final IdentityHashMap<Object, Object> seen;

    /** Services of bundles that stay: not state, not looked into. */
    private final IdentityHashMap<Object, Object> boundaries = new IdentityHashMap<>();

    private final Deque<Object> pending = new ArrayDeque<>();
    private final List<Change> changes = new ArrayList<>();

    /** Old objects that are told. Concurrent: a walk that hangs is called off by another thread. */
    private final Queue<Restorable> saved = new ConcurrentLinkedQueue<>();

    private final List<Restorable> restored = new ArrayList<>();

    /** New objects that are restored, last one first. Concurrent as {@link #saved}. */
    private final Deque<Restorable> awake = new ConcurrentLinkedDeque<>();

    /** Volatile: seen by a walk or a restore that was left behind. */
    private volatile boolean calledOff;

    private long carried;

    /** Whether programs run meanwhile and nothing comes of it. */
    private final boolean rehearsal;

    StateMigration(List<Replacement> replacements, Collection<?> components) {
        this(new Successors(replacements), replacements, components, Size.UNKNOWN, false);
    }

    /**
     * How many objects a walk has met: growing tables takes a good part of a walk.
     *
     * @param moved made anew
     * @param seen looked at and left
     */
    record Size(int moved, int seen) {
        static final Size UNKNOWN = new Size(64, 64);
    }

    /**
     * @param successors what is known of the classes of these replacements, from former walks
     * @param expected size of a former walk
     * @param rehearsal nobody is told of being saved: only {@link #walk} may follow
     */
    StateMigration(
            Successors successors,
            List<Replacement> replacements,
            Collection<?> components,
            Size expected,
            boolean rehearsal) {
        this.moved = new IdentityHashMap<>(expected.moved());
        this.seen = new IdentityHashMap<>(expected.seen());
        components.forEach(component -> addBoundary(component));
        this.successors = successors;
        this.rehearsal = rehearsal;
        shapes = successors.shapes();
        for (Replacement replacement : replacements) {
            moved.putAll(replacement.services());
        }
    }

    /**
     * Makes the new objects, among nobody's eyes.
     *
     * @param root the sandbox
     * @throws IncompatibleStateException something cannot be carried over, or the new revision
     *     cannot read it; nothing has been changed
     */
    public static StateMigration prepare(Object root, List<Replacement> replacements) {
        return prepare(root, replacements, List.of());
    }

    /**
     * As {@link #prepare(Object, List)}.
     *
     * @param components services of all bundles: those that are not replaced stay as they are, with
     *     what is inside them
     */
    public static StateMigration prepare(
            Object root, List<Replacement> replacements, Collection<?> components) {
        StateMigration migration = new StateMigration(replacements, components);
        migration.walk(root);
        return migration;
    }

    /** Makes the new objects; calls itself off if that fails. */
    void walk(Object root) {
        try {
            if (successor(root) != root) {
                throw new IncompatibleStateException(
                        root.getClass().getName() + " is the sandbox itself and cannot be swapped");
            }
            work();
        } catch (RuntimeException | Error e) {
            if (!calledOff) {
                cancel();
            }
            throw e;
        }
    }

    /** Objects that were made anew. */
    public long carriedObjects() {
        return carried;
    }

    Size size() {
        return new Size(moved.size(), seen.size());
    }

    /** Swings all references over to the new objects. */
    public void commit() {
        changes.forEach(change -> change.apply().run());
    }

    /**
     * Lets the new objects fill what was not carried; after {@link #commit}.
     *
     * @throws RuntimeException of the new revision's code: the caller swaps back
     */
    public void restore() {
        for (Restorable object : restored) {
            if (calledOff) {
                return;
            }
            object.restored();
            awake.addFirst(object);
        }
    }

    /**
     * Swings all references back, after {@link #commit}, whatever has become of {@link #restore}:
     * the old objects, which nobody has touched, go on.
     */
    public void revert() {
        calledOff = true;
        for (Restorable object : awake) {
            object.saving();
        }
        changes.reversed().forEach(change -> change.undo().run());
        cancel();
    }

    /** Calls the swap off: the old objects go on. Before {@link #commit} only. */
    public void cancel() {
        calledOff = true;
        for (Restorable object = saved.poll(); object != null; object = saved.poll()) {
            object.restored();
        }
    }

    private void work() {
        for (Object next = pending.poll(); next != null; next = pending.poll()) {
            if (calledOff) {
                throw new IncompatibleStateException("called off");
            }
            @Nullable Object copy = moved.get(next);
            if (copy != null) {
                fill(next, copy);
            } else {
                look(next);
            }
        }
    }

    private void addBoundary(Object component) {
        boundaries.put(component, component);
        if (component instanceof SharedParts parts) {
            parts.sharedParts().values().forEach(part -> boundaries.put(part, part));
        }
    }

    /** What takes the place of {@code value}: itself if it stays. */
    private @Nullable Object successor(@Nullable Object value) {
        if (value == null) {
            return null;
        }
        Object known = moved.get(value);
        if (known != null) {
            return known;
        }
        if (boundaries.containsKey(value)) {
            return value;
        }
        Shape shape = shapes.of(value.getClass());
        return switch (shape.kind()) {
            case LEAF -> value;
            case ENUM -> successors.constant((Enum<?>) value);
            case OBJECT -> object(value, shape);
            case RECORD -> record(value, shape);
            case ARRAY -> array(value, shape);
            case CONTAINER -> container(value);
            case LAMBDA -> lambda(value, shape);
            case UNKNOWN ->
                    throw new IncompatibleStateException(
                            "nobody knows how to carry a " + value.getClass().getName());
        };
    }

    private Object object(Object value, Shape shape) {
        if (!successors.isReplaced(shape.type())) {
            boolean leads = !shape.fields().isEmpty() || value instanceof Reference;
            if (leads && seen.put(value, value) == null) {
                pending.add(value);
            }
            return value;
        }
        if (value instanceof Restorable restorable && !calledOff && !rehearsal) {
            restorable.saving();
            saved.add(restorable);
        }
        Object copy = Shapes.make(successors.shape(shape));
        moved.put(value, copy);
        carried++;
        if (copy instanceof Restorable restorable) {
            restored.add(restorable);
        }
        pending.add(value);
        return copy;
    }

    private void fill(Object value, Object copy) {
        successors.fill(value, copy, this::successorIn);
    }

    private void look(Object value) {
        Shape shape = shapes.of(value.getClass());
        if (shape.kind() == Shape.Kind.ARRAY) {
            lookAtArray(value);
            return;
        }
        if (value instanceof Reference<?> reference) {
            checkReferent(reference);
        }
        for (StateField field : shape.fields()) {
            @Nullable Object old = field.get(value);
            if (field.isDerived() && isUnknown(old)) {
                continue;
            }
            @Nullable Object now = successorIn(field, old);
            if (now != old) {
                changes.add(Change.of(old, now, content -> field.set(value, content)));
            }
        }
    }

    /** What is referred to weakly may be found again: it is looked at, too. */
    private void checkReferent(Reference<?> reference) {
        @Nullable Object referent = reference.get();
        if (successor(referent) != referent) {
            throw new IncompatibleStateException(
                    "%s refers to a %s and cannot be changed"
                            .formatted(reference.getClass().getName(), typeOf(referent)));
        }
    }

    private boolean isUnknown(@Nullable Object value) {
        return value != null && shapes.of(value.getClass()).kind() == Shape.Kind.UNKNOWN;
    }

    private static String typeOf(@Nullable Object value) {
        return value == null ? "null" : value.getClass().getName();
    }

    private @Nullable Object successorIn(StateField field, @Nullable Object value) {
        try {
            return successor(value);
        } catch (IncompatibleStateException e) {
            throw new IncompatibleStateException(field + ": " + e.getMessage(), e);
        }
    }

    private Object record(Object value, Shape shape) {
        boolean replaced = successors.isReplaced(shape.type());
        List<StateField> fields = shape.allFields();
        if (!replaced && shape.fields().isEmpty()) {
            return value;
        }
        Object known = seen.get(value);
        if (known != null) {
            return known;
        }
        boolean changed = replaced;
        @Nullable Object[] components = new @Nullable Object[fields.size()];
        for (int i = 0; i < components.length; i++) {
            @Nullable Object old = fields.get(i).get(value);
            components[i] = fields.get(i).isPrimitive() ? old : successorIn(fields.get(i), old);
            changed |= components[i] != old;
        }
        if (!changed) {
            seen.put(value, value);
            return value;
        }
        Object copy =
                replaced ? successors.record(shape, components) : Shapes.make(shape, components);
        moved.put(value, copy);
        carried++;
        return copy;
    }

    private Object array(Object value, Shape shape) {
        Class<?> element = innermost(shape.type());
        if (successors.isReplaced(element)) {
            int length = Array.getLength(value);
            Object copy =
                    Array.newInstance(successors.classOf(shape.type().getComponentType()), length);
            moved.put(value, copy);
            for (int i = 0; i < length; i++) {
                Array.set(copy, i, successor(Array.get(value, i)));
            }
            return copy;
        }
        if (seen.put(value, value) == null) {
            pending.add(value);
        }
        return value;
    }

    private void lookAtArray(Object array) {
        @Nullable Object[] elements = (@Nullable Object[]) array;
        for (int i = 0; i < elements.length; i++) {
            int index = i;
            @Nullable Object old = elements[i];
            @Nullable Object now = successor(old);
            if (now != old) {
                changes.add(Change.of(old, now, content -> elements[index] = content));
            }
        }
    }

    private Object container(Object value) {
        Object known = seen.get(value);
        if (known != null) {
            return known;
        }
        seen.put(value, value);
        Object mapped = Containers.map(value, this::successor, changes);
        if (mapped != value) {
            seen.put(value, mapped);
            moved.put(value, mapped);
        }
        return mapped;
    }

    /** A lambda has no name that a new revision could know it by, and what it holds is fixed. */
    private Object lambda(Object value, Shape shape) {
        if (seen.put(value, value) != null) {
            return value;
        }
        if (successors.isReplaced(shape.type())) {
            throw new IncompatibleStateException("a lambda of the old revision");
        }
        for (StateField field : shape.fields()) {
            @Nullable Object captured = field.get(value);
            if (captured != null && successor(captured) != captured) {
                throw new IncompatibleStateException(
                        "a lambda holds a " + captured.getClass().getName());
            }
        }
        return value;
    }

    private static Class<?> innermost(Class<?> array) {
        Class<?> type = array;
        while (type.isArray()) {
            type = type.getComponentType();
        }
        return type;
    }
}

package dev.moat.swap.engine;

import dev.moat.api.swap.IncompatibleStateException;
import dev.moat.api.swap.StateRecord;
import dev.moat.api.swap.StateUpgrade;
import dev.moat.api.swap.Stateful;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The classes of the new revisions, and how their objects are filled from those of the old ones.
 */
final class Successors {
    /** Finds what takes the place of a field's value. */
    interface ValueMapper {
        @Nullable Object map(StateField field, @Nullable Object value);
    }

    private final Shapes shapes = new Shapes(this::isReplaced);
    private final Map<ClassLoader, ClassLoader> loaders = new HashMap<>();
    private final Map<Class<?>, Plan> plans = new HashMap<>();

    /**
     * @param pairs fields of the old class with those of the new one; empty if records are needed
     * @param upgrade reads records of the old version; null if versions are the same
     */
    private record Plan(Shape old, Shape now, List<Pair> pairs, @Nullable StateUpgrade upgrade) {}

    private record Pair(StateField from, StateField to) {}

    Successors(List<Replacement> replacements) {
        for (Replacement replacement : replacements) {
            loaders.put(replacement.from(), replacement.to());
        }
    }

    Shapes shapes() {
        return shapes;
    }

    boolean isReplaced(Class<?> type) {
        @Nullable ClassLoader loader = type.getClassLoader();
        return loader != null && loaders.containsKey(loader);
    }

    /**
     * The class of the same name.
     *
     * @throws IncompatibleStateException the new revision has none
     */
    Class<?> classOf(Class<?> type) {
        if (type.isArray()) {
            return classOf(type.getComponentType()).arrayType();
        }
        @Nullable ClassLoader loader =
                type.getClassLoader() == null ? null : loaders.get(type.getClassLoader());
        if (loader == null) {
            return type;
        }
        try {
            return Class.forName(type.getName(), false, loader);
        } catch (ClassNotFoundException e) {
            throw new IncompatibleStateException(
                    "the new revision has no class " + type.getName(), e);
        }
    }

    /** The shape that takes the place of a replaced one. */
    Shape shape(Shape old) {
        return plan(old).now();
    }

    /** The constant of the same name, or {@code value} if its class stays. */
    Object constant(Enum<?> value) {
        Class<?> type = value.getDeclaringClass();
        if (!isReplaced(type)) {
            return value;
        }
        for (Object constant : classOf(type).getEnumConstants()) {
            if (((Enum<?>) constant).name().equals(value.name())) {
                return constant;
            }
        }
        throw new IncompatibleStateException(
                "the new revision has no " + type.getName() + "." + value.name());
    }

    void fill(Object from, Object to, ValueMapper mapper) {
        Plan plan = plan(shapes.of(from.getClass()));
        if (plan.upgrade() != null) {
            fillUpgraded(plan, plan.upgrade(), from, to, mapper);
            return;
        }
        for (Pair pair : plan.pairs()) {
            @Nullable Object value = pair.from().get(from);
            pair.to().set(to, pair.from().isPrimitive() ? value : mapper.map(pair.from(), value));
        }
    }

    /** A record of the new revision. {@code components} are those of the old one, mapped. */
    Object record(Shape old, @Nullable Object[] components) {
        Plan plan = plan(old);
        Map<String, @Nullable Object> byName = new HashMap<>();
        for (int i = 0; i < components.length; i++) {
            byName.put(old.allFields().get(i).name(), components[i]);
        }
        List<StateField> fields = plan.now().allFields();
        @Nullable Object[] values = new @Nullable Object[fields.size()];
        for (int i = 0; i < values.length; i++) {
            @Nullable Object value = byName.get(fields.get(i).name());
            values[i] = value == null ? zero(fields.get(i)) : value;
        }
        return Shapes.make(plan.now(), values);
    }

    private static @Nullable Object zero(StateField field) {
        Class<?> type = field.field().getType();
        if (!type.isPrimitive()) {
            return null;
        }
        return Array.get(Array.newInstance(type, 1), 0);
    }

    private void fillUpgraded(
            Plan plan, StateUpgrade upgrade, Object from, Object to, ValueMapper mapper) {
        Map<String, @Nullable Object> values = new LinkedHashMap<>();
        for (StateField field : plan.old().allFields()) {
            @Nullable Object value = field.get(from);
            values.put(field.name(), field.isPrimitive() ? value : mapper.map(field, value));
        }
        StateRecord upgraded =
                upgrade.upgrade(
                        new StateRecord(plan.old().type().getName(), plan.old().version(), values));
        for (StateField field : plan.now().allFields()) {
            if (upgraded.fields().containsKey(field.name())) {
                field.set(to, upgraded.fields().get(field.name()));
            }
        }
    }

    private Plan plan(Shape old) {
        @Nullable Plan known = plans.get(old.type());
        if (known == null) {
            known = makePlan(old);
            plans.put(old.type(), known);
        }
        return known;
    }

    private Plan makePlan(Shape old) {
        Shape now = shapes.of(classOf(old.type()));
        if (now.kind() != old.kind()) {
            throw new IncompatibleStateException(
                    old.type().getName() + " is of another kind in the new revision");
        }
        if (now.version() < old.version()) {
            throw new IncompatibleStateException(
                    "%s was written by version %d, the new revision reads up to version %d"
                            .formatted(old.type().getName(), old.version(), now.version()));
        }
        if (now.version() > old.version()) {
            return new Plan(old, now, List.of(), upgradeOf(now.type()));
        }
        Map<String, StateField> byName = new HashMap<>();
        now.allFields().forEach(field -> byName.put(field.name(), field));
        List<Pair> pairs = new ArrayList<>();
        for (StateField field : old.allFields()) {
            @Nullable StateField target = byName.get(field.name());
            if (target == null) {
                throw new IncompatibleStateException(
                        field + " is not in the new revision, whose version is the same");
            }
            pairs.add(new Pair(field, target));
        }
        return new Plan(old, now, pairs, null);
    }

    private static StateUpgrade upgradeOf(Class<?> type) {
        @Nullable Stateful stateful = type.getAnnotation(Stateful.class);
        if (stateful == null) {
            throw new IncompatibleStateException(type.getName() + " has no version");
        }
        try {
            var constructor = stateful.upgrade().getDeclaredConstructor();
            constructor.setAccessible(true);
            return constructor.newInstance();
        } catch (ReflectiveOperationException e) {
            throw new IncompatibleStateException(
                    stateful.upgrade().getName() + " cannot be made", e);
        }
    }
}

package dev.moat.swap.checkpoint;

import dev.moat.api.swap.HostBound;
import dev.moat.api.swap.IncompatibleStateException;
import dev.moat.api.swap.StateRecord;
import dev.moat.api.swap.StateUpgrade;
import dev.moat.api.swap.Stateful;
import dev.moat.swap.checkpoint.TypeDefinition.FieldDefinition;
import dev.moat.swap.engine.Shape;
import dev.moat.swap.engine.Shapes;
import dev.moat.swap.engine.StateField;
import java.lang.reflect.Array;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** How records of one class in a checkpoint become objects of the class that this kernel has. */
final class TypePlan {
    private final TypeDefinition definition;
    private final Shape shape;

    /** One for each field in the file; empty if records have to be upgraded. */
    private final List<StateField> targets;

    private final @Nullable StateUpgrade upgrade;

    private TypePlan(
            TypeDefinition definition,
            Shape shape,
            List<StateField> targets,
            @Nullable StateUpgrade upgrade) {
        this.definition = definition;
        this.shape = shape;
        this.targets = targets;
        this.upgrade = upgrade;
    }

    /**
     * @throws CheckpointException objects of this class are no state, or its records cannot be read
     */
    static TypePlan of(TypeDefinition definition, Class<?> type, Shapes shapes) {
        if (!KernelTypes.isState(type, definition.bundle())
                || type.isInterface()
                || type.isEnum()) {
            throw new CheckpointException(definition.name() + " is no state of this kernel");
        }
        Shape shape = shapes.of(type);
        if (shape.maker() == null) {
            throw new CheckpointException(definition.name() + " cannot be made anew");
        }
        int version = shape.version();
        if (version < definition.version()) {
            throw new CheckpointException(
                    "%s was written by version %d of the class, this kernel reads up to version %d"
                            .formatted(definition.name(), definition.version(), version));
        }
        if (version > definition.version()) {
            return new TypePlan(definition, shape, List.of(), upgradeOf(type, definition));
        }
        Map<String, StateField> byName = carried(shape);
        List<StateField> targets = new ArrayList<>();
        for (FieldDefinition field : definition.fields()) {
            @Nullable StateField target = byName.get(field.name());
            if (target == null) {
                throw new CheckpointException(
                        "%s.%s is not in this kernel, whose version of the class is the same"
                                .formatted(definition.name(), field.name()));
            }
            if (target.isPrimitive() == field.isReference()) {
                throw new CheckpointException(target + " is of another type in this kernel");
            }
            targets.add(target);
        }
        return new TypePlan(definition, shape, targets, null);
    }

    TypeDefinition definition() {
        return definition;
    }

    boolean isRecord() {
        return shape.kind() == Shape.Kind.RECORD;
    }

    /** An object whose fields are zero. */
    Object make() {
        return Shapes.make(shape);
    }

    /** Sets the fields of an object; {@code values} are in the order of the file. */
    void fill(Object object, @Nullable Object[] values) {
        if (upgrade == null) {
            for (int i = 0; i < values.length; i++) {
                targets.get(i).set(object, values[i]);
            }
            return;
        }
        Map<String, @Nullable Object> upgraded = upgraded(values);
        carried(shape)
                .forEach((name, field) -> {
                    if (upgraded.containsKey(name)) {
                        field.set(object, upgraded.get(name));
                    }
                });
    }

    /** Makes a record. */
    Object makeRecord(@Nullable Object[] values) {
        Map<String, @Nullable Object> byName = upgrade == null ? named(values) : upgraded(values);
        List<StateField> fields = shape.allFields();
        @Nullable Object[] components = new @Nullable Object[fields.size()];
        for (int i = 0; i < components.length; i++) {
            @Nullable Object value = byName.get(fields.get(i).name());
            components[i] = value == null ? zero(fields.get(i)) : value;
        }
        return Shapes.make(shape, components);
    }

    private Map<String, @Nullable Object> upgraded(@Nullable Object[] values) {
        if (upgrade == null) {
            throw new IllegalStateException("nothing to upgrade");
        }
        StateRecord old = new StateRecord(definition.name(), definition.version(), named(values));
        return upgrade.upgrade(old).fields();
    }

    private Map<String, @Nullable Object> named(@Nullable Object[] values) {
        Map<String, @Nullable Object> named = new LinkedHashMap<>();
        for (int i = 0; i < values.length; i++) {
            named.put(definition.fields().get(i).name(), values[i]);
        }
        return named;
    }

    private static Map<String, StateField> carried(Shape shape) {
        Map<String, StateField> byName = new HashMap<>();
        for (StateField field : shape.allFields()) {
            if (!field.field().isAnnotationPresent(HostBound.class)) {
                byName.put(field.name(), field);
            }
        }
        return byName;
    }

    private static StateUpgrade upgradeOf(Class<?> type, TypeDefinition definition) {
        @Nullable Stateful stateful = type.getAnnotation(Stateful.class);
        if (stateful == null) {
            throw new CheckpointException(definition.name() + " has no version");
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

    private static @Nullable Object zero(StateField field) {
        Class<?> type = field.field().getType();
        return type.isPrimitive() ? Array.get(Array.newInstance(type, 1), 0) : null;
    }
}

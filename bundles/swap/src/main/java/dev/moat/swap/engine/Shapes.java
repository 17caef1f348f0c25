package dev.moat.swap.engine;

import dev.moat.api.swap.Derived;
import dev.moat.api.swap.IncompatibleStateException;
import dev.moat.api.swap.Restorable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.swap.Stateless;
import java.lang.ref.Reference;
import java.lang.reflect.Constructor;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.lang.reflect.RecordComponent;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import sun.reflect.ReflectionFactory;

/** Looks at classes, each once. For one use: it must not outlive the revisions that it has seen. */
public final class Shapes {
    /**
     * Kernel classes are all of these packages; everything else belongs to the JDK or a library.
     */
    private static final String KERNEL = "dev.moat.";

    private final Map<Class<?>, Shape> shapes = new HashMap<>();

    /** Whether references of this static type can never lead to something that is replaced. */
    private final Map<Class<?>, Boolean> closed = new HashMap<>();

    private final Predicate<Class<?>> replaced;

    /**
     * @param replaced which classes are of a revision that is replaced
     */
    public Shapes(Predicate<Class<?>> replaced) {
        this.replaced = replaced;
    }

    public Shape of(Class<?> type) {
        Shape known = shapes.get(type);
        if (known == null) {
            known = look(type);
            shapes.put(type, known);
        }
        return known;
    }

    static boolean isKernelClass(Class<?> type) {
        return type.getName().startsWith(KERNEL);
    }

    static boolean isCarried(Field field) {
        return !Modifier.isStatic(field.getModifiers())
                && !field.isAnnotationPresent(Derived.class);
    }

    private Shape look(Class<?> type) {
        if (type.isArray()) {
            return isClosed(type) ? plain(type, Shape.Kind.LEAF) : plain(type, Shape.Kind.ARRAY);
        }
        if (type.isEnum() || Enum.class.isAssignableFrom(type)) {
            return plain(type, isKernelClass(type) ? Shape.Kind.ENUM : Shape.Kind.LEAF);
        }
        if (type.isAnnotationPresent(Stateless.class)) {
            return plain(type, Shape.Kind.LEAF);
        }
        if (type.isHidden()) {
            List<StateField> captured = fields(type, true);
            return new Shape(type, Shape.Kind.LAMBDA, captured, captured, 0, null);
        }
        if (Containers.knows(type)) {
            return plain(type, Shape.Kind.CONTAINER);
        }
        if (!isKernelClass(type)) {
            return plain(type, Leaves.knows(type) ? Shape.Kind.LEAF : Shape.Kind.UNKNOWN);
        }
        List<StateField> present = fields(type, false);
        List<StateField> all = present.stream().filter(field -> !field.isDerived()).toList();
        List<StateField> references =
                present.stream().filter(field -> !isClosed(field.field().getType())).toList();
        return type.isRecord()
                ? new Shape(type, Shape.Kind.RECORD, references, all, 1, canonical(type))
                : new Shape(type, Shape.Kind.OBJECT, references, all, version(type), maker(type));
    }

    private static Shape plain(Class<?> type, Shape.Kind kind) {
        return new Shape(type, kind, List.of(), List.of(), 0, null);
    }

    private static int version(Class<?> type) {
        @Nullable Stateful stateful = type.getAnnotation(Stateful.class);
        return stateful == null ? 1 : stateful.version();
    }

    /** Fields of the class and its kernel super classes. */
    private static List<StateField> fields(Class<?> type, boolean lambda) {
        List<StateField> fields = new ArrayList<>();
        for (Class<?> declaring = type;
                declaring != null && (lambda ? declaring == type : isKernelClass(declaring));
                declaring = declaring.getSuperclass()) {
            for (Field field : declaring.getDeclaredFields()) {
                if (Modifier.isStatic(field.getModifiers())) {
                    continue;
                }
                field.setAccessible(true);
                String name =
                        declaring == type
                                ? field.getName()
                                : declaring.getName() + "." + field.getName();
                fields.add(new StateField(name, field));
            }
        }
        return List.copyOf(fields);
    }

    /**
     * Whether a variable of this type can never lead to a kernel object that somebody replaces:
     * primitives, strings, final classes that hold nothing else.
     */
    private boolean isClosed(Class<?> type) {
        boolean result = isClosed(type, new HashSet<>());
        closed.put(type, result);
        return result;
    }

    private boolean isClosed(Class<?> type, Set<Class<?>> underWay) {
        if (type.isPrimitive() || type == String.class) {
            return true;
        }
        if (type.isArray()) {
            return isClosed(type.getComponentType(), underWay);
        }
        @Nullable Boolean known = closed.get(type);
        if (known != null) {
            return known;
        }
        if (!Modifier.isFinal(type.getModifiers())) {
            return false;
        }
        if (!isKernelClass(type)) {
            return Leaves.knows(type);
        }
        if (type.isAnnotationPresent(Stateless.class)) {
            return true;
        }
        if (replaced.test(type)
                || type.isHidden()
                || Restorable.class.isAssignableFrom(type)
                || Reference.class.isAssignableFrom(type)) {
            return false;
        }
        // A class that is being looked at leads to nothing but what is looked at anyway.
        if (!underWay.add(type)) {
            return true;
        }
        for (StateField field : fields(type, false)) {
            if (!isClosed(field.field().getType(), underWay)) {
                closed.put(type, false);
                return false;
            }
        }
        return true;
    }

    private static Constructor<?> canonical(Class<?> type) {
        RecordComponent[] components = type.getRecordComponents();
        Class<?>[] types = new Class<?>[components.length];
        for (int i = 0; i < types.length; i++) {
            types[i] = components[i].getType();
        }
        try {
            Constructor<?> constructor = type.getDeclaredConstructor(types);
            constructor.setAccessible(true);
            return constructor;
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException("a record has a canonical constructor", e);
        }
    }

    /** Null for abstract classes, of which there are no instances. */
    private static @Nullable Constructor<?> maker(Class<?> type) {
        if (Modifier.isAbstract(type.getModifiers())) {
            return null;
        }
        for (Class<?> parent = type.getSuperclass();
                parent != null;
                parent = parent.getSuperclass()) {
            if (parent != Object.class && !isKernelClass(parent)) {
                // Its fields are closed to us. Fine as long as the class itself is not replaced.
                return null;
            }
        }
        try {
            return ReflectionFactory.getReflectionFactory()
                    .newConstructorForSerialization(type, Object.class.getDeclaredConstructor());
        } catch (NoSuchMethodException e) {
            throw new IllegalStateException("Object has a constructor", e);
        }
    }

    /** Makes an object of {@code shape} without running any code of its class. */
    public static Object make(Shape shape, Object... arguments) {
        @Nullable Constructor<?> maker = shape.maker();
        if (maker == null) {
            throw new IncompatibleStateException(
                    shape.type().getName() + " cannot be made anew: it extends a class of the JDK");
        }
        try {
            return maker.newInstance(arguments);
        } catch (ReflectiveOperationException | IllegalArgumentException e) {
            throw new IncompatibleStateException(
                    shape.type().getName() + " cannot be made anew: " + e.getMessage(), e);
        }
    }
}

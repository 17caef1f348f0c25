package dev.moat.swap.checkpoint;

import dev.moat.api.swap.HostBound;
import dev.moat.api.swap.IncompatibleStateException;
import dev.moat.api.swap.SwapException;
import dev.moat.swap.checkpoint.TypeDefinition.FieldDefinition;
import dev.moat.swap.engine.Shape;
import dev.moat.swap.engine.Shapes;
import dev.moat.swap.engine.StateField;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.Condition;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Writes the objects that can be reached from a sandbox, each once, in the order in which they are
 * found. Objects refer to each other by their number in that order.
 */
final class ObjectWriter {
    /** How many objects that cannot be carried are told. */
    private static final int TOLD = 100;

    private final KernelTypes types;
    private final RecordOutput out;
    private final Consumer<Object> preparation;
    private final Shapes shapes = new Shapes(_ -> false);
    private final ObjectNumbers numbers = new ObjectNumbers();
    private final Map<Class<?>, Written> written = new HashMap<>();
    private final Map<Class<?>, Integer> names = new HashMap<>();
    private final Conditions conditions = new Conditions();
    private int definitions;

    /**
     * A class whose definition is in the file.
     *
     * @param fields those that are carried
     */
    private record Written(int number, List<StateField> fields) {}

    /**
     * @param preparation is given each kernel object before its fields are read
     */
    ObjectWriter(KernelTypes types, OutputStream out, Consumer<Object> preparation) {
        this.types = types;
        this.preparation = preparation;
        this.out = new RecordOutput(out);
    }

    /**
     * Writes {@code root} and all that it leads to; gives how many objects that was.
     *
     * @throws CheckpointException an object cannot be carried: which, and where it is
     */
    long write(Object root) throws IOException {
        List<String> refused = refusals(root);
        if (!refused.isEmpty()) {
            throw new CheckpointException(told(refused));
        }
        out.writeByte(Tag.END);
        return numbers.size();
    }

    /** Writes as far as that is possible; gives what cannot be carried, each reason once. */
    List<String> refusals(Object root) throws IOException {
        numbers.of(root, "");
        List<String> refused = new ArrayList<>();
        for (int i = 0; i < numbers.size(); i++) {
            numbers.enter(i);
            try {
                writeEntry(numbers.object(i));
            } catch (CheckpointException | SwapException | IncompatibleStateException e) {
                refused.add(String.valueOf(e.getMessage()));
            }
        }
        return refused.stream().distinct().toList();
    }

    /** Whoever repairs one of them wants to know the others. */
    private static String told(List<String> refused) {
        String first = String.join("; ", refused.subList(0, Math.min(TOLD, refused.size())));
        return refused.size() <= TOLD
                ? first
                : first + "; and " + (refused.size() - TOLD) + " more";
    }

    private void writeEntry(Object value) throws IOException {
        Class<?> type = value.getClass();
        Optional<KernelTypes.ServiceName> service = types.serviceNameOf(value);
        if (service.isPresent()) {
            writeService(service.get());
        } else if (type.isArray()) {
            writeArray(value);
        } else if (value instanceof Enum<?> constant) {
            int number = nameOf(constant.getDeclaringClass());
            out.writeByte(Tag.ENUM);
            out.writeNumber(number);
            out.writeString(constant.name());
        } else if (types.bundleOf(type).isPresent() && LeafKind.of(value).isEmpty()) {
            writeObject(value);
        } else {
            writeForeign(value);
        }
    }

    private void writeService(KernelTypes.ServiceName service) throws IOException {
        out.writeByte(Tag.SERVICE);
        out.writeString(service.bundle());
        out.writeString(service.component());
        out.writeString(service.part());
    }

    private void writeArray(Object array) throws IOException {
        Class<?> component = array.getClass().getComponentType();
        if (component.isPrimitive()) {
            out.writeByte(Tag.PRIMITIVES);
            Primitives.writeArray(out, array);
            return;
        }
        Class<?> innermost = component;
        int dimensions = 1;
        while (innermost.isArray()) {
            innermost = innermost.getComponentType();
            dimensions++;
        }
        int number = innermost.isPrimitive() ? 0 : nameOf(innermost);
        out.writeByte(Tag.REFERENCES);
        out.writeNumber(dimensions);
        out.writeNumber(number);
        if (innermost.isPrimitive()) {
            out.writeByte(TypeDefinition.codeOf(innermost));
        }
        @Nullable Object[] elements = (@Nullable Object[]) array;
        out.writeNumber(elements.length);
        for (@Nullable Object element : elements) {
            writeReference(element, "[]");
        }
    }

    private void writeObject(Object value) throws IOException {
        Class<?> type = value.getClass();
        Written known = written.get(type);
        if (known == null) {
            known = defineObject(type);
        }
        preparation.accept(value);
        conditions.note(value, known.fields());
        out.writeByte(type.isRecord() ? Tag.RECORD : Tag.OBJECT);
        out.writeNumber(known.number());
        for (StateField field : known.fields()) {
            @Nullable Object content = field.get(value);
            if (!field.isPrimitive()) {
                writeReference(content, field.name());
            } else if (content instanceof Float || content instanceof Double) {
                out.writeNumber(Primitives.toBits(content));
            } else if (content != null) {
                out.writeSigned(Primitives.toBits(content));
            }
        }
    }

    private void writeForeign(Object value) throws IOException {
        Optional<LeafKind> leaf = LeafKind.of(value);
        if (leaf.isPresent()) {
            out.writeByte(Tag.LEAF);
            leaf.get().write(out, value);
            return;
        }
        if (value instanceof CompletableFuture<?> future) {
            writeFuture(future);
            return;
        }
        if (value instanceof MemorySegment segment && segment.heapBase().isPresent()) {
            out.writeByte(Tag.SEGMENT);
            writeReference(segment.heapBase().get(), "array");
            out.writeNumber(segment.address());
            out.writeNumber(segment.byteSize());
            return;
        }
        if (value instanceof Condition condition) {
            out.writeByte(Tag.CONDITION);
            writeReference(
                    conditions
                            .lockOf(condition)
                            .orElseThrow(() -> refusal(value, "nobody knows the lock of a %s")),
                    "lock");
            return;
        }
        ContainerKind kind =
                ContainerKind.of(value)
                        .orElseThrow(() -> refusal(value, "nobody knows how to carry a %s"));
        List<@Nullable Object> elements = ContainerKind.elementsOf(value);
        out.writeByte(Tag.CONTAINER);
        out.writeNumber(kind.ordinal());
        writeReference(ContainerKind.orderOf(value), "order");
        out.writeNumber(elements.size());
        for (@Nullable Object element : elements) {
            writeReference(element, "[]");
        }
    }

    private void writeFuture(CompletableFuture<?> future) throws IOException {
        out.writeByte(Tag.FUTURE);
        if (future.isCompletedExceptionally()) {
            out.writeByte(FutureState.FAILED.ordinal());
            out.writeString(String.valueOf(future.exceptionNow().getMessage()));
        } else if (future.isDone()) {
            out.writeByte(FutureState.DONE.ordinal());
            writeReference(future.resultNow(), "result");
        } else {
            out.writeByte(FutureState.PENDING.ordinal());
        }
    }

    private void writeReference(@Nullable Object value, String where) throws IOException {
        out.writeNumber(value == null ? 0 : numbers.of(value, where));
    }

    private Written defineObject(Class<?> type) throws IOException {
        if (type.isHidden() || type.isAnonymousClass()) {
            throw refusal(type, "a lambda or anonymous class has no name: %s");
        }
        if (!KernelTypes.isState(type, types.bundleOf(type).orElse(TypeDefinition.JDK))) {
            throw refusal(type, "%s is no state: nobody said how it is carried");
        }
        Shape shape = shapes.of(type);
        if (shape.maker() == null) {
            throw refusal(type, "%s extends a class of the JDK");
        }
        List<StateField> fields =
                shape.allFields().stream()
                        .filter(field -> !field.field().isAnnotationPresent(HostBound.class))
                        .toList();
        List<FieldDefinition> definitions = new ArrayList<>();
        for (StateField field : fields) {
            definitions.add(
                    new FieldDefinition(
                            field.name(), TypeDefinition.codeOf(field.field().getType())));
        }
        int number = define(type, definitions, shape.version());
        Written known = new Written(number, fields);
        written.put(type, known);
        return known;
    }

    /** The number of a class of which only the name is needed. */
    private int nameOf(Class<?> type) throws IOException {
        Integer known = names.get(type);
        if (known != null) {
            return known;
        }
        int number = define(type, List.of(), 0);
        names.put(type, number);
        return number;
    }

    /** Writes what a class is; gives its number, counted from 1. */
    private int define(Class<?> type, List<FieldDefinition> fields, int version)
            throws IOException {
        String bundle =
                type.getClassLoader() == null && type.getName().startsWith("java.")
                        ? TypeDefinition.JDK
                        : types.bundleOf(type)
                                .orElseThrow(
                                        () -> refusal(type, "%s is a class of no kernel bundle"));
        out.writeByte(Tag.TYPE);
        new TypeDefinition(bundle, type.getName(), version, fields).write(out);
        return ++definitions;
    }

    private CheckpointException refusal(Object value, String reason) {
        Class<?> type = value instanceof Class<?> itself ? itself : value.getClass();
        return new CheckpointException(
                reason.formatted(type.getName()) + " (at " + numbers.path() + ")");
    }
}

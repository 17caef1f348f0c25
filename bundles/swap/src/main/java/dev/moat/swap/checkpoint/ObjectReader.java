package dev.moat.swap.checkpoint;

import dev.moat.swap.checkpoint.TypeDefinition.FieldDefinition;
import dev.moat.swap.engine.Shapes;
import java.io.IOException;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * Reads object records. Total: whatever the bytes are, objects of state classes of this kernel come
 * out, or a {@link CheckpointException}; no constructor runs but those of records.
 */
final class ObjectReader {
    private static final int MAX_DIMENSIONS = 16;
    private static final int FIRST_STEP = 1024;

    private final KernelTypes types;
    private final RecordInput in;
    private final Shapes shapes = new Shapes(_ -> false);
    private final List<TypeDefinition> definitions = new ArrayList<>();
    private final Map<TypeDefinition, TypePlan> plans = new HashMap<>();
    private final List<Entry> entries = new ArrayList<>();

    ObjectReader(KernelTypes types, InputStream in) {
        this.types = types;
        this.in = new RecordInput(in);
    }

    /** Reads all entries; the objects are not complete yet. */
    ObjectGraph read() throws IOException {
        for (int tag = in.readByte(); tag != Tag.END; tag = in.readByte()) {
            if (tag == Tag.TYPE) {
                definitions.add(TypeDefinition.read(in));
            } else {
                entries.add(readEntry(tag));
            }
        }
        return new ObjectGraph(entries);
    }

    private Entry readEntry(int tag) throws IOException {
        return switch (tag) {
            case Tag.OBJECT, Tag.RECORD -> readInstance(tag);
            case Tag.ENUM -> readEnum();
            case Tag.REFERENCES -> readReferences();
            case Tag.PRIMITIVES -> new Entry.Ready(Primitives.readArray(in));
            case Tag.LEAF -> new Entry.Ready(LeafKind.read(in));
            case Tag.CONTAINER -> readContainer();
            case Tag.SERVICE -> readService();
            case Tag.FUTURE -> readFuture();
            case Tag.SEGMENT -> new Entry.Segment(in.readCount(), in.readNumber(), in.readNumber());
            case Tag.CONDITION -> new Entry.ConditionOf(in.readCount());
            default -> throw new CheckpointException("an object is of an unknown kind");
        };
    }

    private Entry readInstance(int tag) throws IOException {
        TypeDefinition definition = definition();
        if (definition.bundle().equals(TypeDefinition.JDK)) {
            throw new CheckpointException(definition.name() + " is no state of this kernel");
        }
        TypePlan plan = plans.get(definition);
        if (plan == null) {
            plan = TypePlan.of(definition, load(definition), shapes);
            plans.put(definition, plan);
        }
        if (plan.isRecord() != (tag == Tag.RECORD)) {
            throw new CheckpointException(definition.name() + " is of another kind in this kernel");
        }
        List<FieldDefinition> fields = definition.fields();
        long[] values = new long[fields.size()];
        for (int i = 0; i < values.length; i++) {
            values[i] =
                    switch (fields.get(i).code()) {
                        case 'L' -> in.readCount();
                        case 'F', 'D' -> in.readNumber();
                        default -> in.readSigned();
                    };
        }
        return new Entry.Instance(plan, values);
    }

    private Entry readEnum() throws IOException {
        TypeDefinition definition = definition();
        String name = in.readString();
        Class<?> type = load(definition);
        if (type.isEnum()) {
            for (Object constant : type.getEnumConstants()) {
                if (((Enum<?>) constant).name().equals(name)) {
                    return new Entry.Ready(constant);
                }
            }
        }
        throw new CheckpointException(
                "there is no " + definition.name() + "." + name + " in this kernel");
    }

    private Entry readReferences() throws IOException {
        int dimensions = in.readCount();
        int number = in.readCount();
        if (dimensions < 1 || dimensions > MAX_DIMENSIONS) {
            throw new CheckpointException("an array has too many dimensions");
        }
        Class<?> component = number == 0 ? primitive((char) in.readByte()) : load(numbered(number));
        for (int i = 1; i < dimensions; i++) {
            component = component.arrayType();
        }
        if (component.isPrimitive()) {
            throw new CheckpointException("an array of numbers holds references");
        }
        return new Entry.References(component, readNumbers());
    }

    private Entry readContainer() throws IOException {
        ContainerKind kind = ContainerKind.numbered(in.readCount());
        int order = in.readCount();
        int[] elements = readNumbers();
        if (!Filling.accepts(kind, elements.length)) {
            throw new CheckpointException("a container has half an entry");
        }
        return new Entry.Container(kind, order, elements);
    }

    private Entry readService() throws IOException {
        return new Entry.Ready(
                types.service(
                        new KernelTypes.ServiceName(
                                in.readString(), in.readString(), in.readString())));
    }

    private Entry readFuture() throws IOException {
        return switch (in.readByte()) {
            case 0 -> new Entry.Future(FutureState.PENDING, 0, "");
            case 1 -> new Entry.Future(FutureState.DONE, in.readCount(), "");
            case 2 -> new Entry.Future(FutureState.FAILED, 0, in.readString());
            default -> throw new CheckpointException("a future is of an unknown kind");
        };
    }

    /** Numbers of objects. Grows with what is there, not with what the count promises. */
    private int[] readNumbers() throws IOException {
        int count = in.readCount();
        int[] numbers = new int[Math.min(count, FIRST_STEP)];
        for (int i = 0; i < count; i++) {
            if (i == numbers.length) {
                numbers = Arrays.copyOf(numbers, (int) Math.min(count, 2L * numbers.length));
            }
            numbers[i] = in.readCount();
        }
        return numbers;
    }

    private TypeDefinition definition() throws IOException {
        return numbered(in.readCount());
    }

    private TypeDefinition numbered(int number) {
        if (number < 1 || number > definitions.size()) {
            throw new CheckpointException("there is no class " + number);
        }
        return definitions.get(number - 1);
    }

    private Class<?> load(TypeDefinition definition) {
        if (!definition.bundle().equals(TypeDefinition.JDK)) {
            return types.load(definition.bundle(), definition.name());
        }
        if (!definition.name().startsWith("java.")) {
            throw new CheckpointException(definition.name() + " is no class of the JDK");
        }
        try {
            return Class.forName(definition.name(), false, null);
        } catch (ClassNotFoundException e) {
            throw new CheckpointException("the JDK has no class " + definition.name(), e);
        }
    }

    private static Class<?> primitive(char code) {
        return switch (code) {
            case 'Z' -> boolean.class;
            case 'B' -> byte.class;
            case 'C' -> char.class;
            case 'S' -> short.class;
            case 'I' -> int.class;
            case 'J' -> long.class;
            case 'F' -> float.class;
            case 'D' -> double.class;
            default -> throw new CheckpointException("'" + code + "' is no primitive type");
        };
    }
}

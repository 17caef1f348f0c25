package dev.moat.swap.checkpoint;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;

/**
 * What a checkpoint says of a class.
 *
 * @param bundle symbolic name, or {@link KernelTypes#SHARED}, or {@link #JDK}
 * @param version of its layout
 * @param fields in the order in which the records of its objects have them
 */
record TypeDefinition(String bundle, String name, int version, List<FieldDefinition> fields) {
    /** Instead of a bundle's name: classes of the JDK. */
    static final String JDK = "java";

    private static final int MAX_FIELDS = 1000;

    /**
     * @param code as in a class file: {@code Z B C S I J F D}, or {@code L} for references
     */
    record FieldDefinition(String name, char code) {
        boolean isReference() {
            return code == 'L';
        }
    }

    void write(RecordOutput out) throws IOException {
        out.writeString(bundle);
        out.writeString(name);
        out.writeNumber(version);
        out.writeNumber(fields.size());
        for (FieldDefinition field : fields) {
            out.writeString(field.name());
            out.writeByte(field.code());
        }
    }

    static TypeDefinition read(RecordInput in) throws IOException {
        String bundle = in.readString();
        String name = in.readString();
        int version = in.readCount();
        int count = in.readCount();
        if (count > MAX_FIELDS) {
            throw new CheckpointException("class " + name + " has too many fields");
        }
        List<FieldDefinition> fields = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            String field = in.readString();
            char code = (char) in.readByte();
            if ("ZBCSIJFDL".indexOf(code) < 0) {
                throw new CheckpointException(name + "." + field + " is of an unknown kind");
            }
            fields.add(new FieldDefinition(field, code));
        }
        return new TypeDefinition(bundle, name, version, List.copyOf(fields));
    }

    static char codeOf(Class<?> type) {
        return type.isPrimitive() ? type.descriptorString().charAt(0) : 'L';
    }
}

package dev.moat.swap.checkpoint;

import java.io.IOException;
import java.lang.reflect.Array;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Primitive values as numbers, and arrays of them as bytes. */
final class Primitives {
    private Primitives() {}

    static long toBits(Object value) {
        return switch (value) {
            case Boolean flag -> flag ? 1 : 0;
            case Character unit -> unit;
            case Float number -> Float.floatToRawIntBits(number);
            case Double number -> Double.doubleToRawLongBits(number);
            case Number number -> number.longValue();
            default -> throw new IllegalArgumentException(value.getClass() + " is not primitive");
        };
    }

    static Object fromBits(char code, long bits) {
        return switch (code) {
            case 'Z' -> bits != 0;
            case 'B' -> (byte) bits;
            case 'C' -> (char) bits;
            case 'S' -> (short) bits;
            case 'I' -> (int) bits;
            case 'J' -> bits;
            case 'F' -> Float.intBitsToFloat((int) bits);
            case 'D' -> Double.longBitsToDouble(bits);
            default -> throw new CheckpointException("'" + code + "' is no primitive type");
        };
    }

    /** Writes length and content of a primitive array. */
    static void writeArray(RecordOutput out, Object array) throws IOException {
        char code = TypeDefinition.codeOf(array.getClass().getComponentType());
        int length = Array.getLength(array);
        out.writeByte(code);
        out.writeNumber(length);
        if (array instanceof byte[] bytes) {
            out.writeBytes(bytes);
            return;
        }
        byte[] bytes = new byte[Math.multiplyExact(length, width(code))];
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        switch (array) {
            case char[] units -> buffer.asCharBuffer().put(units);
            case short[] numbers -> buffer.asShortBuffer().put(numbers);
            case int[] numbers -> buffer.asIntBuffer().put(numbers);
            case long[] numbers -> buffer.asLongBuffer().put(numbers);
            case float[] numbers -> buffer.asFloatBuffer().put(numbers);
            case double[] numbers -> buffer.asDoubleBuffer().put(numbers);
            case boolean[] flags -> {
                for (boolean flag : flags) {
                    buffer.put((byte) (flag ? 1 : 0));
                }
            }
            default -> throw new IllegalArgumentException(array.getClass() + " is not primitive");
        }
        out.writeBytes(bytes);
    }

    static Object readArray(RecordInput in) throws IOException {
        char code = (char) in.readByte();
        int width = width(code);
        int length = in.readCount();
        if (length > Integer.MAX_VALUE / width - 8) {
            throw new CheckpointException("an array is too long");
        }
        byte[] bytes = in.readBytes(length * width);
        ByteBuffer buffer = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
        return switch (code) {
            case 'B' -> bytes;
            case 'C' -> {
                char[] units = new char[length];
                buffer.asCharBuffer().get(units);
                yield units;
            }
            case 'S' -> {
                short[] numbers = new short[length];
                buffer.asShortBuffer().get(numbers);
                yield numbers;
            }
            case 'I' -> {
                int[] numbers = new int[length];
                buffer.asIntBuffer().get(numbers);
                yield numbers;
            }
            case 'J' -> {
                long[] numbers = new long[length];
                buffer.asLongBuffer().get(numbers);
                yield numbers;
            }
            case 'F' -> {
                float[] numbers = new float[length];
                buffer.asFloatBuffer().get(numbers);
                yield numbers;
            }
            case 'D' -> {
                double[] numbers = new double[length];
                buffer.asDoubleBuffer().get(numbers);
                yield numbers;
            }
            default -> {
                boolean[] flags = new boolean[length];
                for (int i = 0; i < length; i++) {
                    flags[i] = bytes[i] != 0;
                }
                yield flags;
            }
        };
    }

    private static int width(char code) {
        return switch (code) {
            case 'Z', 'B' -> 1;
            case 'C', 'S' -> Short.BYTES;
            case 'I', 'F' -> Integer.BYTES;
            case 'J', 'D' -> Long.BYTES;
            default -> throw new CheckpointException("'" + code + "' is no primitive type");
        };
    }
}

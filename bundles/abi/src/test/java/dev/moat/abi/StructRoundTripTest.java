package dev.moat.abi;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.PaddingLayout;
import java.lang.foreign.StructLayout;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * A struct that is read and written again has the same bytes, at any address; its padding becomes
 * zero.
 */
class StructRoundTripTest {
    /** An odd address inside a heap array: nothing may rely on alignment. */
    private static final int AT = 3;

    /**
     * Texts, which end at a zero; and lengths that depend on the content. They have tests of their
     * own.
     */
    private static final List<String> OF_OTHER_SHAPE =
            List.of("AcctV3", "Utsname", "Dirent64", "LinuxDirent", "InotifyEvent", "SockaddrUn");

    static List<Class<?>> structs() {
        return AbiClasses.all().stream()
                .filter(type -> AbiClasses.layout(type).isPresent())
                .filter(type -> !OF_OTHER_SHAPE.contains(type.getSimpleName()))
                .toList();
    }

    @Test
    void structs_areFound() {
        assertTrue(structs().size() > 40, "found only " + structs().size());
    }

    @ParameterizedTest
    @MethodSource("structs")
    void readAndWritten_isTheSame(Class<?> type) throws ReflectiveOperationException {
        StructLayout layout = AbiClasses.layout(type).orElseThrow();
        int size = (int) layout.byteSize();
        byte[] random = new byte[AT + size + 5];
        new Random(type.getSimpleName().hashCode()).nextBytes(random);

        Object value = read(type, random);
        byte[] written = new byte[random.length];
        Arrays.fill(written, (byte) 0x55);
        type.getMethod("writeTo", MemorySegment.class, long.class)
                .invoke(value, MemorySegment.ofArray(written), AT);

        byte[] expected = new byte[random.length];
        Arrays.fill(expected, (byte) 0x55);
        Arrays.fill(expected, AT, AT + size, (byte) 0);
        copyMembers(layout, AT, random, expected);
        assertEquals(value, read(type, written));
        assertArrayEquals(expected, written);
    }

    private static Object read(Class<?> type, byte[] bytes) throws ReflectiveOperationException {
        return type.getMethod("readFrom", MemorySegment.class, long.class)
                .invoke(null, MemorySegment.ofArray(bytes), AT);
    }

    private static void copyMembers(GroupLayout group, long at, byte[] from, byte[] to) {
        long offset = at;
        for (MemoryLayout member : group.memberLayouts()) {
            if (member instanceof GroupLayout inner) {
                copyMembers(inner, offset, from, to);
            } else if (!(member instanceof PaddingLayout)) {
                System.arraycopy(from, (int) offset, to, (int) offset, (int) member.byteSize());
            }
            if (group instanceof StructLayout) {
                offset += member.byteSize();
            }
        }
    }
}

package dev.moat.loader;

import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import dev.moat.abi.Auxv;
import java.lang.foreign.MemorySegment;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Key and value pairs that the kernel hands to a program's start-up code, in the order they are
 * put: getauxval(3).
 */
final class AuxiliaryVector {
    private final Map<Integer, Long> words = new LinkedHashMap<>();

    AuxiliaryVector put(int type, long value) {
        words.put(type, value);
        return this;
    }

    /** The words in guest memory order, AT_NULL at the end. */
    byte[] toBytes() {
        byte[] bytes = new byte[(words.size() + 1) * 16];
        MemorySegment memory = MemorySegment.ofArray(bytes);
        long at = 0;
        for (Map.Entry<Integer, Long> word : words.entrySet()) {
            memory.set(JAVA_LONG_UNALIGNED, at, word.getKey());
            memory.set(JAVA_LONG_UNALIGNED, at + 8, word.getValue());
            at += 16;
        }
        memory.set(JAVA_LONG_UNALIGNED, at, Auxv.AT_NULL);
        return bytes;
    }
}

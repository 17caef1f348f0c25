package dev.moat.abi;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.lang.foreign.MemorySegment;
import org.junit.jupiter.api.Test;

class AcctV3Test {
    @Test
    void counts_haveThirteenBitsAndPowersOfEight() {
        assertEquals(0, AcctV3.pack(0));
        assertEquals(8191, AcctV3.pack(8191));
        assertEquals(1 << 13 | 1024, AcctV3.pack(8192));
        // rounded up, from the half on
        assertEquals(1 << 13 | 1024, AcctV3.pack(8195));
        assertEquals(1 << 13 | 1025, AcctV3.pack(8196));
        // to the next power of eight
        assertEquals(2 << 13 | 1024, AcctV3.pack(65535));
        assertEquals(7 << 13 | 8191, AcctV3.pack(8191L << 21));
        assertEquals(0xffff, AcctV3.pack(8192L << 21));
        assertEquals(0xffff, AcctV3.pack(Long.MAX_VALUE));
    }

    @Test
    void longCommand_isCut() {
        byte[] bytes = new byte[66];
        new AcctV3(0, 0, 7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, "0123456789abcdefghij")
                .writeTo(MemorySegment.ofArray(bytes), 1);
        MemorySegment written = MemorySegment.ofArray(bytes);
        assertEquals(3, written.get(JAVA_BYTE, 2));
        assertEquals(7, written.get(JAVA_INT_UNALIGNED, 5));
        assertEquals('e', written.get(JAVA_BYTE, 1 + 48 + 14));
        assertEquals(0, written.get(JAVA_BYTE, 1 + 48 + 15));
        assertEquals(0, written.get(JAVA_BYTE, 65));
    }
}

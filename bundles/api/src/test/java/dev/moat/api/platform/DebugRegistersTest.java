package dev.moat.api.platform;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class DebugRegistersTest {
    private static final long LIMIT = 0x7fff0000L;

    /** Register 0 watches writes of a byte, register 2 what runs. */
    private static final long CONTROL = 0x10011L;

    @Test
    void below_dropsWhatLiesAtTheLimitAndAbove() {
        DebugRegisters all = new DebugRegisters(LIMIT, 0, 0x1000, 0, CONTROL);
        assertEquals(new DebugRegisters(0, 0, 0x1000, 0, 0x10010L), all.below(LIMIT));
    }

    @Test
    void below_dropsWhatReachesBeyondTheLimit() {
        DebugRegisters all = new DebugRegisters(LIMIT - 4, 0, LIMIT - 8, 0, CONTROL);
        assertEquals(new DebugRegisters(0, 0, LIMIT - 8, 0, 0x10010L), all.below(LIMIT));
    }

    @Test
    void below_ofNothingElse_isNone() {
        assertSame(DebugRegisters.NONE, new DebugRegisters(-1, 0, 0, 0, 1).below(LIMIT));
    }

    @Test
    void writeTo_changesAddressesWhileNothingCounts() {
        List<String> pokes = new ArrayList<>();
        int result =
                new DebugRegisters(1, 2, 3, 4, CONTROL)
                        .writeTo((offset, value) -> {
                            pokes.add((offset - 848) / 8 + "=" + value);
                            return 0;
                        });
        assertEquals(0, result);
        assertEquals(List.of("7=0", "0=1", "1=2", "2=3", "3=4", "7=" + CONTROL), pokes);
    }

    @Test
    void writeTo_stopsAtAnError() {
        assertEquals(-28, new DebugRegisters(1, 2, 3, 4, CONTROL).writeTo((offset, value) -> -28));
    }
}

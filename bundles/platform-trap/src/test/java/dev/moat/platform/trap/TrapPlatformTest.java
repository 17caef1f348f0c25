package dev.moat.platform.trap;

import static org.junit.jupiter.api.Assertions.assertEquals;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TrapPlatformTest {
    @ParameterizedTest
    @CsvSource({
        "6.18.44-fc, true",
        "6.11.0, true",
        "6.11-rc1, true",
        "7.0.1, true",
        "10.2, true",
        "6.10.14, false",
        "5.15.0-generic, false",
        "6, false",
        "nonsense, false",
        "'', false",
    })
    void isRecent_looksAtTheRelease(String release, boolean expected) {
        assertEquals(expected, TrapPlatform.isRecent(release));
    }
}

package dev.moat.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class SignalNamesTest {
    @ParameterizedTest
    @CsvSource({"TERM,15", "SIGTERM,15", "term,15", "15,15", "64,64", "WINCH,28"})
    void nameOrNumber_isRead(String text, int number) {
        assertEquals(number, SignalNames.parse(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "0", "65", "-9", "SIG", "TERMINATE"})
    void anythingElse_isRefused(String text) {
        assertThrows(IllegalArgumentException.class, () -> SignalNames.parse(text));
    }
}

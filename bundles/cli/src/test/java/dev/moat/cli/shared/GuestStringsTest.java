package dev.moat.cli.shared;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class GuestStringsTest {
    @Test
    void bytesOfUtf8_becomeCharsAndComeBack() {
        String guest =
                new String("naïve €".getBytes(StandardCharsets.UTF_8), StandardCharsets.ISO_8859_1);
        assertEquals(10, guest.length());
        assertEquals("naïve €", GuestStrings.display(guest));
    }

    @Test
    void ascii_staysWhatItIs() {
        assertEquals("/bin/sh", GuestStrings.of("/bin/sh"));
        assertEquals("/bin/sh", GuestStrings.hostPath("/bin/sh").toString());
    }
}

package dev.moat.platform.trap;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.moat.host.HostServices;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

class CallWishesTest {
    private static final CallWishes NONE = new CallWishes(Patching.OFF, Spinning.OFF);

    private final HostServices host = HostServices.create();

    private CallWishes with(Map<String, String> settings) {
        return NONE.with(settings, host.files());
    }

    @Test
    void settings_replaceSingleWishes() {
        assertEquals(NONE, with(Map.of()));
        Map<String, String> one = Map.of("spin", "always");
        assertEquals(new CallWishes(Patching.OFF, Spinning.ALWAYS, one), with(one));
        Patching possible = Patching.of(Patching.ON, host.files());
        Map<String, String> both = Map.of("patch", "on", "spin", "auto");
        assertEquals(new CallWishes(possible, Spinning.AUTO, both), with(both));
    }

    @Test
    void whatDoesNotExist_isRefusedInOneLine() {
        List<Map<String, String>> wrong =
                List.of(Map.of("patch", "maybe"), Map.of("spin", ""), Map.of("patches", "off"));
        for (Map<String, String> settings : wrong) {
            var refused = assertThrows(IllegalArgumentException.class, () -> with(settings));
            assertEquals(1, refused.getMessage().lines().count());
        }
    }
}

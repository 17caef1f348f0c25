package dev.moat.fs.tmpfs;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.Map;
import org.junit.jupiter.api.Test;

class OptionsTest {
    private static final long HUGE = 2 << 20;

    @Test
    void percent_isOfAllOfIt() {
        assertEquals(10, pages("100%"));
        assertEquals(5, pages("50%"));
        assertEquals(4, pages("49%"));
        assertEquals(0, pages("0%"));
        assertEquals(100, pages("1000%"));
        assertEquals(99, TmpfsOptions.size("33%", 301));
    }

    @Test
    void percent_beyondNumbersIsTheLargest() {
        assertEquals(Long.MAX_VALUE, TmpfsOptions.size(Long.MAX_VALUE + "%", 10 * HUGE));
        assertEquals(Long.MAX_VALUE >>> 21, pages(Long.MAX_VALUE + "%"));
    }

    private static long pages(String size) {
        return HugetlbfsOptions.parse(Map.of("size", size), 10).mostPages();
    }
}

package dev.moat.platform.trap;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

class HostCpuDemandTest {
    private static int running(String line) {
        return HostCpuDemand.running(line.getBytes(StandardCharsets.US_ASCII));
    }

    @Test
    void running_isTheFourthFieldUpToItsSlash() {
        assertEquals(1, running("0.20 0.18 0.12 1/80 11206\n"));
        assertEquals(1234, running("10.20 110.18 0.12 1234/8000 1\n"));
    }

    @Test
    void running_ofAnythingElse_isMuch() {
        assertEquals(Integer.MAX_VALUE, running(""));
        assertEquals(Integer.MAX_VALUE, running("0.20 0.18 0.12 "));
        assertEquals(Integer.MAX_VALUE, running("0.20 0.18 0.12 12"));
        assertEquals(Integer.MAX_VALUE, running("0.20 0.18 0.12 x/80"));
    }
}

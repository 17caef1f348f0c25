package dev.moat.loader.vdso;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Random;
import org.junit.jupiter.api.Test;

class ClockModelTest {
    private static final long TICK_NS = 250_000_000;

    @Test
    void oneSample_givesNoLine() {
        assertNull(new ClockModel().update(new ClockModel.Sample(1000, 500), TICK_NS));
    }

    @Test
    void exactSamples_giveTheExactClock() {
        ClockModel model = new ClockModel();
        model.update(new ClockModel.Sample(0, 7), TICK_NS);
        ClockLine line = model.update(new ClockModel.Sample(1L << 31, 7 + (1L << 30)), TICK_NS);
        assertNotNull(line);
        assertEquals(7 + (1L << 32), line.at(1L << 33));
        assertEquals(line.baseNs(), line.at(0), "a counter before the base counts as the base");
    }

    @Test
    void restart_goesBackToTheHostsClock() {
        ClockModel model = new ClockModel();
        model.update(new ClockModel.Sample(0, 0), TICK_NS);
        model.update(new ClockModel.Sample(100_000_000, 100_000_000), TICK_NS);
        long slower = 199_000_000;
        ClockLine ahead = model.update(new ClockModel.Sample(200_000_000, slower), TICK_NS);
        assertNotNull(ahead);
        assertEquals(200_000_000, ahead.baseNs());
        model.restart();
        ClockLine fresh = model.update(new ClockModel.Sample(300_000_000, 299_000_000), TICK_NS);
        assertNotNull(fresh);
        assertEquals(299_000_000, fresh.baseNs());
    }

    /**
     * A noisy, slewing clock: what guests compute never runs backwards and stays within a
     * microsecond.
     */
    @Test
    void noiseAndSlew_neverGoBackwards() {
        Random random = new Random(5);
        ClockModel model = new ClockModel();
        double nsPerCount = 0.4081;
        double clock = 1e9;
        long counter = 123_456_789L;
        long lastSeen = 0;
        ClockLine line = null;
        for (int tick = 0; tick < 2000; tick++) {
            if (tick % 100 == 99) {
                nsPerCount *= 1 + (random.nextDouble() - 0.5) * 2e-6;
            }
            long step = (long) (TICK_NS / nsPerCount);
            for (int part = 0; part < 10; part++) {
                counter += step / 10;
                clock += step / 10 * nsPerCount;
                if (line != null) {
                    long seen = line.at(counter);
                    assertTrue(seen >= lastSeen, "backwards in tick " + tick);
                    assertTrue(Math.abs(seen - clock) < 1500, "off by " + (seen - clock));
                    lastSeen = seen;
                }
            }
            long noise = (long) (random.nextGaussian() * 20);
            line = model.update(new ClockModel.Sample(counter, (long) clock + noise), TICK_NS);
            if (line != null) {
                assertTrue(line.at(counter) >= lastSeen, "backwards at the change of tick " + tick);
            }
        }
    }
}

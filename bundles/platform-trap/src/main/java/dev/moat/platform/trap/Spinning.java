package dev.moat.platform.trap;

import java.util.Locale;

/** Whether kernel host and guest may look for each other's messages on two CPUs. */
enum Spinning {
    /** Where it pays: see {@link SpinGovernor}. */
    AUTO,
    OFF,
    /** Wherever it can be done, for tests. */
    ALWAYS;

    private static final String PROPERTY = "moat.trap.spin";

    /** What was asked for: {@code auto}, {@code off} or {@code always}. */
    static Spinning choose() {
        String wanted = System.getProperty(PROPERTY, "auto").toUpperCase(Locale.ROOT);
        for (Spinning spinning : values()) {
            if (spinning.name().equals(wanted)) {
                return spinning;
            }
        }
        return AUTO;
    }
}

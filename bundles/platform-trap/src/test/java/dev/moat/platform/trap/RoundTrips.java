package dev.moat.platform.trap;

import dev.moat.platform.kit.RoundTripBenchmark;

/** Costs of the platform's operations: run {@code main}. */
final class RoundTrips {
    private RoundTrips() {}

    public static void main(String[] arguments) {
        RoundTripBenchmark.run(new TrapInsides());
    }
}

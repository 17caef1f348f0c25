package dev.moat.itests.kernel;

import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;

/** How long each of many runs took, so that whoever waits for a test sees what it waits for. */
final class Durations {
    private static final int SHOWN = 15;

    private final Map<String, Double> seconds = new LinkedHashMap<>();

    /** Does {@code work} and adds its time to what {@code name} took before. */
    <T> T of(String name, Callable<T> work) throws Exception {
        long beganNs = System.nanoTime();
        try {
            return work.call();
        } finally {
            seconds.merge(name, (System.nanoTime() - beganNs) / 1e9, Double::sum);
        }
    }

    /** The longest ones, in one line. */
    @Override
    public String toString() {
        return seconds.entrySet().stream()
                .sorted(Map.Entry.comparingByValue(Comparator.reverseOrder()))
                .limit(SHOWN)
                .map(entry ->
                        String.format(Locale.ROOT, "%s %.1f", entry.getKey(), entry.getValue()))
                .collect(Collectors.joining(", ", "longest, in seconds: ", ""));
    }
}

package dev.moat.swap;

import dev.moat.api.swap.SwapException;
import dev.moat.api.swap.SwapService.Outcome;
import dev.moat.api.swap.SwapService.SwapRecord;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Puts into words what a swap was. */
final class SwapRecords {
    private static final long NS_PER_MS = 1_000_000;

    private SwapRecords() {}

    /** One for each exchange in a sandbox. */
    static List<SwapRecord> of(SandboxSwap swap, Outcome outcome, Optional<String> reason) {
        List<SwapRecord> records = new ArrayList<>();
        for (Exchange exchange : swap.plan().exchanges()) {
            records.add(
                    of(
                            swap,
                            exchange.subsystem(),
                            exchange.before(),
                            exchange.to().toString(),
                            outcome,
                            reason));
        }
        swap.plan()
                .platform()
                .ifPresent(exchange ->
                        records.add(
                                of(
                                        swap,
                                        exchange.subsystem(),
                                        exchange.before(),
                                        exchange.after(),
                                        outcome,
                                        reason)));
        return records;
    }

    /** Of what was not even begun. */
    static SwapRecord refused(String subsystem, String from, String to, SwapException e) {
        return new SwapRecord(
                System.currentTimeMillis() * NS_PER_MS,
                subsystem,
                from,
                to,
                0,
                0,
                Outcome.REFUSED,
                Optional.of(String.valueOf(e.getMessage())));
    }

    private static SwapRecord of(
            SandboxSwap swap,
            String subsystem,
            String from,
            String to,
            Outcome outcome,
            Optional<String> reason) {
        return new SwapRecord(
                System.currentTimeMillis() * NS_PER_MS,
                subsystem,
                from,
                to,
                swap.pauseNs(),
                swap.carriedObjects(),
                outcome,
                reason);
    }
}

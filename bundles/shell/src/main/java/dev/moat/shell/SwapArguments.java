package dev.moat.shell;

import dev.moat.api.swap.SwapService.Part;
import dev.moat.api.swap.SwapService.Request;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The words of {@code swap}.
 *
 * @param sandbox empty for all of them
 * @param platform where its tasks are to move, if that was asked for
 */
record SwapArguments(
        Optional<String> sandbox,
        List<Part> parts,
        Optional<String> platform,
        Duration safePointLimit,
        Duration probation) {
    static final String USAGE =
            "write: swap SANDBOX SUBSYSTEM=FILE..., swap --all FILE..., or swap SANDBOX platform=NAME[,SETTING=VALUE]";

    /** A subsystem, perhaps with which one, and what shall serve it. */
    private static final Pattern ASSIGNMENT =
            Pattern.compile("([a-z][a-z0-9]*(?::[A-Za-z0-9_.-]+)?)=(.+)");

    private static final Pattern SCHEME = Pattern.compile("[a-zA-Z][a-zA-Z0-9+.-]+:.*");
    private static final String PLATFORM = "platform";

    /**
     * Reads the words.
     *
     * @throws IllegalArgumentException with a message for the operator
     */
    static SwapArguments parse(String[] words) {
        Deque<String> left = new ArrayDeque<>(List.of(words));
        boolean all = false;
        Duration limit = Request.SAFE_POINT_LIMIT;
        Duration probation = Request.PROBATION;
        while (!left.isEmpty() && left.peek().startsWith("--")) {
            String option = left.poll();
            switch (option) {
                case "--all" -> all = true;
                case "--limit" -> limit = Duration.ofMillis(number(option, left.poll()));
                case "--probation" -> probation = Duration.ofSeconds(number(option, left.poll()));
                default ->
                        throw new IllegalArgumentException(
                                "swap: unknown option " + option + "; " + USAGE);
            }
        }
        Optional<String> sandbox = all ? Optional.empty() : Optional.ofNullable(left.poll());
        if ((!all && sandbox.isEmpty()) || left.isEmpty()) {
            throw new IllegalArgumentException("swap: nothing to swap; " + USAGE);
        }
        if (sandbox.filter(name -> name.contains("=") || name.contains(":")).isPresent()) {
            throw new IllegalArgumentException("swap: no sandbox is named; " + USAGE);
        }
        List<Part> parts = new ArrayList<>();
        Optional<String> platform = Optional.empty();
        for (String word : left) {
            Matcher matcher = ASSIGNMENT.matcher(word);
            if (!matcher.matches()) {
                parts.add(new Part(Optional.empty(), location("swap", word)));
            } else if (matcher.group(1).equals(PLATFORM) && isName(matcher.group(2))) {
                platform = Optional.of(matcher.group(2));
            } else {
                parts.add(
                        new Part(
                                Optional.of(matcher.group(1)), location("swap", matcher.group(2))));
            }
        }
        if (platform.isPresent() && (all || !parts.isEmpty())) {
            throw new IllegalArgumentException(
                    "swap: the tasks of one sandbox move to another platform on their own; "
                            + USAGE);
        }
        return new SwapArguments(sandbox, List.copyOf(parts), platform, limit, probation);
    }

    /** An address, or a file of the host. */
    static URI location(String command, String text) {
        try {
            return SCHEME.matcher(text).matches()
                    ? URI.create(text)
                    : Path.of(text).toAbsolutePath().normalize().toUri();
        } catch (IllegalArgumentException e) {
            throw new IllegalArgumentException(
                    command + ": '" + text + "' is neither a file nor an address", e);
        }
    }

    private static boolean isName(String text) {
        return text.indexOf('/') < 0 && text.indexOf(':') < 0 && !text.endsWith(".jar");
    }

    private static long number(String option, @Nullable String text) {
        try {
            long number = Long.parseLong(String.valueOf(text));
            if (number >= 0 && number <= Integer.MAX_VALUE) {
                return number;
            }
        } catch (NumberFormatException e) {
            // answered below, together with numbers out of range
        }
        throw new IllegalArgumentException("swap: " + option + " wants a number");
    }
}

package dev.moat.cli.shared;

import dev.moat.api.sandbox.ProcessSpec.User;
import dev.moat.api.sandbox.Volume;
import java.util.List;
import java.util.Locale;

/**
 * Reads the values of options. Every method throws {@link UsageException}, which names the option,
 * for a bad one.
 */
final class OptionValues {
    private static final String UNITS = "bkmgt";

    private OptionValues() {}

    /**
     * Reads a positive size in bytes: {@code 4096}, {@code 512k}, {@code 256m}, {@code 2g}; units
     * are powers of 1024.
     */
    static long size(String option, String text) {
        int last = text.length() - 1;
        int unit = last < 0 ? -1 : UNITS.indexOf(text.toLowerCase(Locale.ROOT).charAt(last));
        String digits = unit < 0 ? text : text.substring(0, last);
        try {
            long number = Long.parseLong(digits);
            if (number > 0) {
                return Math.multiplyExact(number, 1L << (10 * Math.max(unit, 0)));
            }
        } catch (NumberFormatException | ArithmeticException e) {
            // answered below, together with numbers that are not positive
        }
        throw new UsageException(
                option + ": not a size: '" + text + "' (write a number with k, m or g)");
    }

    /** Reads a number of CPUs such as {@code 0.5} or {@code 2}; at least a hundredth of one. */
    static double cpus(String option, String text) {
        try {
            double number = Double.parseDouble(text);
            if (number >= 0.01 && number <= 100_000) {
                return number;
            }
        } catch (NumberFormatException e) {
            // answered below, together with numbers that make no sense
        }
        throw new UsageException(
                option + ": not a number of CPUs: '" + text + "' (write one such as 1.5)");
    }

    /** Reads a number of tasks; 0 and -1 mean no limit, which gives 0. */
    static long taskLimit(String option, String text) {
        try {
            long number = Long.parseLong(text);
            if (number >= -1) {
                return Math.max(0, number);
            }
        } catch (NumberFormatException e) {
            // answered below, together with negative numbers
        }
        throw new UsageException(
                option + ": not a number of tasks: '" + text + "' (-1 for no limit)");
    }

    /** Reads {@code HOST:GUEST[:ro|:rw]}. */
    static Volume volume(String text) {
        String[] parts = text.split(":", -1);
        boolean shape = (parts.length == 2 || parts.length == 3) && !parts[0].isEmpty();
        if (!shape || !parts[1].startsWith("/")) {
            throw new UsageException("--volume: not HOST:GUEST[:ro]: '" + text + "'");
        }
        String mode = parts.length == 3 ? parts[2] : "rw";
        return switch (mode) {
            case "ro" -> new Volume(GuestStrings.hostPath(parts[0]), parts[1], true);
            case "rw" -> new Volume(GuestStrings.hostPath(parts[0]), parts[1], false);
            default -> throw new UsageException("--volume: neither ro nor rw: '" + mode + "'");
        };
    }

    /** Reads {@code UID[:GID]}; the group is 0 when it is left out, as in Docker. */
    static User user(String text) {
        int colon = text.indexOf(':');
        try {
            int uid = id(colon < 0 ? text : text.substring(0, colon));
            int gid = colon < 0 ? 0 : id(text.substring(colon + 1));
            return new User(uid, gid, List.of());
        } catch (NumberFormatException e) {
            throw new UsageException("--user: not UID[:GID]: '" + text + "'");
        }
    }

    private static int id(String text) {
        int id = Integer.parseUnsignedInt(text);
        // -1 means "leave it" to chown(2) and setresuid(2) and is nobody's id
        if (id == -1 || text.startsWith("+")) {
            throw new NumberFormatException(text);
        }
        return id;
    }
}

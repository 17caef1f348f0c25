package dev.moat.api.vfs;

import java.util.Optional;

/**
 * What a mount option takes as its value, and how a wrong one is told of: fsconfig(2),
 * fs/fs_parser.c.
 */
public enum OptionKind {
    /** Nothing. */
    FLAG,
    /** Any text but an empty one. */
    TEXT,
    /** An unsigned number of 32 bits. */
    NUMBER,
    /** An unsigned number of 32 bits to base 8. */
    OCTAL,
    /** A number with k, m, g, t or p, or with %. */
    SIZE;

    /**
     * What is wrong with a value, with the name of the option; empty if nothing is.
     *
     * @param value none for an option without one
     */
    public Optional<String> complaint(String name, Optional<String> value) {
        if (this == FLAG) {
            return value.isEmpty()
                    ? Optional.empty()
                    : Optional.of("Unexpected value for '" + name + "'");
        }
        return value.isPresent() && isGood(value.get())
                ? Optional.empty()
                : Optional.of(badValue(name));
    }

    /** The complaint about a value that is none of the option's. */
    public static String badValue(String name) {
        return "Bad value for '" + name + "'";
    }

    private boolean isGood(String value) {
        return switch (this) {
            case FLAG -> value.isEmpty();
            case TEXT -> !value.isEmpty();
            case NUMBER -> isNumber(value, 10);
            case OCTAL -> isNumber(value, 8);
            case SIZE -> value.matches("[0-9]+[kKmMgGtTpP%]?");
        };
    }

    private static boolean isNumber(String value, int radix) {
        try {
            return Integer.parseUnsignedInt(value, radix) != -1 && !value.startsWith("+");
        } catch (NumberFormatException e) {
            return false;
        }
    }
}

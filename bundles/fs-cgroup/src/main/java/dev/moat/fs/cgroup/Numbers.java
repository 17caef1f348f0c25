package dev.moat.fs.cgroup;

import dev.moat.abi.Errno;

/** Numbers as they are written to files. */
final class Numbers {
    static final String MAX = "max";

    private Numbers() {}

    /** A decimal number; EINVAL for other text, ERANGE beyond a long. */
    static long parse(String text) {
        if (text.isEmpty() || !text.matches("-?[0-9]+")) {
            throw Errno.EINVAL.exception();
        }
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw Errno.ERANGE.exception();
        }
    }

    /** 0 or 1; ERANGE for other numbers. */
    static boolean parseSwitch(String text) {
        long value = parse(text);
        if (value != 0 && value != 1) {
            throw Errno.ERANGE.exception();
        }
        return value == 1;
    }

    /** A number or {@code max}. */
    static String show(long value, long unlimited) {
        return value == unlimited ? MAX + "\n" : value + "\n";
    }
}

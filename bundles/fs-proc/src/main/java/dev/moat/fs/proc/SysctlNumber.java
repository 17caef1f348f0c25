package dev.moat.fs.proc;

import dev.moat.abi.Errno;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** How numbers are written to {@code /proc/sys}: proc_get_long(), kernel/sysctl.c. */
final class SysctlNumber {
    private static final int OCTAL = 8;
    private static final int DECIMAL = 10;
    private static final int HEXADECIMAL = 16;

    /** simple_strtoul() tells the base by how a number begins. */
    private static final Pattern NUMBER =
            Pattern.compile("(-?)(?:0[xX]([0-9a-fA-F]{1,16})|(0[0-7]{0,21})|([1-9][0-9]{0,18}))");

    private SysctlNumber() {}

    /**
     * The first number of a text.
     *
     * @throws dev.moat.abi.ErrnoException EINVAL: there is none, or it is not in the range
     */
    static int first(String text, long least, long most) {
        long number = parse(text.strip().split("\\s+", 2)[0]);
        if (number < least || number > most) {
            throw Errno.EINVAL.exception();
        }
        return (int) number;
    }

    private static long parse(String token) {
        Matcher matcher = NUMBER.matcher(token);
        if (!matcher.matches()) {
            throw Errno.EINVAL.exception();
        }
        String hexadecimal = matcher.group(2);
        String octal = matcher.group(3);
        long size =
                hexadecimal != null
                        ? parse(hexadecimal, HEXADECIMAL)
                        : octal != null ? parse(octal, OCTAL) : parse(matcher.group(4), DECIMAL);
        return matcher.group(1).isEmpty() ? size : -size;
    }

    private static long parse(String digits, int base) {
        try {
            return Long.parseLong(digits, base);
        } catch (NumberFormatException e) {
            throw Errno.EINVAL.exception();
        }
    }
}

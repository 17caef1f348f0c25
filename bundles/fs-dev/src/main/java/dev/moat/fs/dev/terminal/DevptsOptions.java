package dev.moat.fs.dev.terminal;

import dev.moat.abi.Errno;
import dev.moat.api.vfs.OptionKind;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Mount options of devpts, Documentation/filesystems/devpts.rst.
 *
 * @param mode permissions of slaves
 * @param uid owner of slaves, empty for that of the opener
 * @param gid group of slaves, empty for that of the opener
 * @param multiplexerMode permissions of {@code ptmx}
 * @param max how many terminals; 0 for as many as there are numbers
 */
record DevptsOptions(int mode, OptionalInt uid, OptionalInt gid, int multiplexerMode, int max) {
    /** NR_UNIX98_PTY_DEFAULT. */
    private static final int DEFAULT_MAX = 4096;

    /** NR_UNIX98_PTY_MAX: 1 << MINORBITS. */
    private static final int LIMIT = 1 << 20;

    private static final DevptsOptions DEFAULT =
            new DevptsOptions(0600, OptionalInt.empty(), OptionalInt.empty(), 0, DEFAULT_MAX);

    static final Map<String, OptionKind> KINDS =
            Map.of(
                    "mode", OptionKind.OCTAL,
                    "uid", OptionKind.NUMBER,
                    "gid", OptionKind.NUMBER,
                    "ptmxmode", OptionKind.OCTAL,
                    "max", OptionKind.NUMBER,
                    "newinstance", OptionKind.FLAG);

    /**
     * @throws dev.moat.abi.ErrnoException EINVAL
     */
    static DevptsOptions parse(Map<String, String> options) {
        DevptsOptions result = DEFAULT;
        for (Map.Entry<String, String> option : options.entrySet()) {
            result = result.with(option.getKey(), option.getValue());
        }
        return result;
    }

    private DevptsOptions with(String name, String value) {
        return switch (name) {
            case "mode" ->
                    new DevptsOptions(number(value, 8) & 0777, uid, gid, multiplexerMode, max);
            case "uid" -> new DevptsOptions(mode, id(value), gid, multiplexerMode, max);
            case "gid" -> new DevptsOptions(mode, uid, id(value), multiplexerMode, max);
            case "ptmxmode" -> new DevptsOptions(mode, uid, gid, number(value, 8) & 0777, max);
            case "max" -> {
                int limit = number(value, 10);
                if (limit > LIMIT) {
                    throw Errno.EINVAL.exception();
                }
                yield new DevptsOptions(mode, uid, gid, multiplexerMode, limit);
            }
            case "newinstance" -> this;
            default -> throw Errno.EINVAL.exception();
        };
    }

    /** Whether there may be a terminal of this number: devpts_new_index(), fs/devpts/inode.c. */
    boolean permits(int number) {
        return Integer.compareUnsigned(number, max - 1) <= 0;
    }

    /** As /proc/mounts shows them. */
    String shown() {
        StringBuilder text = new StringBuilder();
        uid.ifPresent(value -> text.append("uid=").append(value).append(','));
        gid.ifPresent(value -> text.append("gid=").append(value).append(','));
        text.append("mode=")
                .append(octal(mode))
                .append(",ptmxmode=")
                .append(octal(multiplexerMode));
        if (max != DEFAULT_MAX) {
            text.append(",max=").append(max);
        }
        return text.toString();
    }

    private static String octal(int permissions) {
        return String.format("%03o", permissions);
    }

    private static OptionalInt id(String value) {
        return OptionalInt.of(number(value, 10));
    }

    private static int number(String value, int radix) {
        try {
            int result = Integer.parseInt(value, radix);
            if (result < 0) {
                throw Errno.EINVAL.exception();
            }
            return result;
        } catch (NumberFormatException e) {
            throw Errno.EINVAL.exception();
        }
    }
}

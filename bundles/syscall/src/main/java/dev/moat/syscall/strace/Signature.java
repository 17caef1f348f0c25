package dev.moat.syscall.strace;

import java.util.ArrayList;
import java.util.List;

/**
 * How one system call is printed.
 *
 * @param arguments kinds of its arguments
 * @param result how its result is printed
 */
record Signature(String name, List<ArgumentKind> arguments, ResultKind result) {
    /** How a result that is no error is printed. */
    enum ResultKind {
        DECIMAL,
        HEXADECIMAL,
        OCTAL,
        FCNTL,
        /** The call never returns. */
        NONE
    }

    /**
     * Parses {@code name(kind, kind) = hex}.
     *
     * @throws IllegalArgumentException a mistake in the line
     */
    static Signature parse(String line, Kinds kinds) {
        int open = line.indexOf('(');
        int close = line.indexOf(')');
        if (open < 0 || close < open) {
            throw new IllegalArgumentException("not a signature: " + line);
        }
        List<ArgumentKind> arguments = new ArrayList<>();
        String list = line.substring(open + 1, close).strip();
        if (!list.isEmpty()) {
            for (String kind : list.split(",", -1)) {
                arguments.add(kinds.of(kind.strip()));
            }
        }
        ResultKind result =
                switch (line.substring(close + 1).strip()) {
                    case "" -> ResultKind.DECIMAL;
                    case "= hex" -> ResultKind.HEXADECIMAL;
                    case "= octal" -> ResultKind.OCTAL;
                    case "= fcntl" -> ResultKind.FCNTL;
                    case "= ?" -> ResultKind.NONE;
                    default -> throw new IllegalArgumentException("unknown result: " + line);
                };
        return new Signature(line.substring(0, open), List.copyOf(arguments), result);
    }
}

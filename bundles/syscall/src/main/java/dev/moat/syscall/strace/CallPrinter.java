package dev.moat.syscall.strace;

import dev.moat.abi.Errno;
import dev.moat.abi.Fcntl;
import dev.moat.abi.Restart;
import java.util.List;

/**
 * Prints a call in two halves: what goes in when it is entered, what comes out when it has
 * returned.
 */
final class CallPrinter {
    private final Signatures signatures = new Signatures();

    /** {@code name(arguments, } up to the first one that the kernel fills. */
    void printEntry(StringBuilder out, Call call) {
        Signature signature = signatures.of(call.number());
        int end = firstOutput(signature);
        out.append(signature.name()).append('(');
        printArguments(out, call, signature, 0, end);
        if (end > 0 && end < signature.arguments().size()) {
            out.append(", ");
        }
    }

    /** The rest of the arguments, and the result. */
    void printExit(StringBuilder out, Call call) {
        Signature signature = signatures.of(call.number());
        printArguments(out, call, signature, firstOutput(signature), signature.arguments().size());
        out.append(") = ");
        printResult(out, call, signature);
    }

    /** The end of a call that never returns, or of a task that ended in it. */
    void printNoReturn(StringBuilder out) {
        out.append(") = ?");
    }

    private static int firstOutput(Signature signature) {
        List<ArgumentKind> kinds = signature.arguments();
        int first = 0;
        while (first < kinds.size() && !kinds.get(first).isOutput()) {
            first++;
        }
        return first;
    }

    private static void printArguments(
            StringBuilder out, Call call, Signature signature, int from, int to) {
        for (int i = from; i < to; i++) {
            ArgumentKind kind = signature.arguments().get(i);
            if (!kind.isAbsent(call, i)) {
                out.append(i == from ? "" : ", ");
                kind.print(out, call, i);
            }
        }
    }

    private static void printResult(StringBuilder out, Call call, Signature signature) {
        long result = call.result();
        if (Restart.isRestart(result)) {
            out.append("? ").append(restart(result));
        } else if (Errno.isError(result)) {
            Errno.of((int) -result)
                    .ifPresentOrElse(
                            errno ->
                                    out.append("-1 ")
                                            .append(errno.name())
                                            .append(" (")
                                            .append(errno.message())
                                            .append(')'),
                            () -> out.append("-1 (errno ").append(-result).append(')'));
        } else {
            switch (signature.result()) {
                case DECIMAL -> out.append(result);
                case HEXADECIMAL -> Text.hex(out, result);
                case OCTAL -> Text.octal(out, result);
                case FCNTL -> printFcntl(out, call);
                case NONE -> out.append('?');
            }
        }
    }

    private static void printFcntl(StringBuilder out, Call call) {
        switch ((int) call.argument(1)) {
            case Fcntl.F_GETFL -> {
                Text.hex(out, call.result());
                out.append(" (flags ");
                Symbols.OPEN.print(out, call.result());
                out.append(')');
            }
            case Fcntl.F_GETFD -> out.append(call.result() == 0 ? "0" : "0x1 (flags FD_CLOEXEC)");
            default -> out.append(call.result());
        }
    }

    private static String restart(long result) {
        return switch ((int) -result) {
            case Restart.ERESTARTSYS -> "ERESTARTSYS (To be restarted if SA_RESTART is set)";
            case Restart.ERESTARTNOINTR -> "ERESTARTNOINTR (To be restarted)";
            case Restart.ERESTARTNOHAND -> "ERESTARTNOHAND (To be restarted if no handler)";
            default -> "ERESTART_RESTARTBLOCK (Interrupted by signal)";
        };
    }
}

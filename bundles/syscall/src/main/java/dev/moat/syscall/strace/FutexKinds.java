package dev.moat.syscall.strace;

import static dev.moat.abi.FutexOps.FUTEX_CLOCK_REALTIME;
import static dev.moat.abi.FutexOps.FUTEX_CMD_MASK;
import static dev.moat.abi.FutexOps.FUTEX_CMP_REQUEUE;
import static dev.moat.abi.FutexOps.FUTEX_CMP_REQUEUE_PI;
import static dev.moat.abi.FutexOps.FUTEX_LOCK_PI;
import static dev.moat.abi.FutexOps.FUTEX_LOCK_PI2;
import static dev.moat.abi.FutexOps.FUTEX_PRIVATE_FLAG;
import static dev.moat.abi.FutexOps.FUTEX_REQUEUE;
import static dev.moat.abi.FutexOps.FUTEX_WAIT;
import static dev.moat.abi.FutexOps.FUTEX_WAIT_BITSET;
import static dev.moat.abi.FutexOps.FUTEX_WAIT_REQUEUE_PI;
import static dev.moat.abi.FutexOps.FUTEX_WAKE_BITSET;
import static dev.moat.abi.FutexOps.FUTEX_WAKE_OP;

import dev.moat.abi.FutexOps;
import dev.moat.abi.Timespec;
import java.util.Map;

/** The arguments of futex(2): which there are, and what they mean, says the operation. */
final class FutexKinds {
    private static final int OPERATION = 1;

    private static final SymbolSet OPERATIONS =
            SymbolSet.of(
                    FutexOps.class,
                    "FUTEX_",
                    -1L,
                    "FUTEX_PRIVATE_FLAG FUTEX_CLOCK_REALTIME FUTEX_32 FUTEX_WAITV_MAX FUTEX_OP_SET FUTEX_OP_ADD"
                            + " FUTEX_OP_OR FUTEX_OP_ANDN FUTEX_OP_XOR FUTEX_OP_OPARG_SHIFT");

    private FutexKinds() {}

    static void register(Map<String, ArgumentKind> kinds) {
        kinds.put("futexop", (out, call, i) -> operation(out, (int) call.argument(i)));
        kinds.put("futexarg", new Argument(FutexKinds::hasFourth, FutexKinds::fourth));
        kinds.put(
                "futexaddr",
                new Argument(
                        FutexKinds::hasSecondAddress,
                        (out, call, i) -> Text.pointer(out, call.argument(i))));
        kinds.put("futexlast", new Argument(FutexKinds::hasLast, FutexKinds::last));
    }

    private interface Presence {
        boolean test(int command);
    }

    /** An argument that only some operations have. */
    private record Argument(Presence presence, ArgumentKind kind) implements ArgumentKind {
        @Override
        public void print(StringBuilder out, Call call, int index) {
            kind.print(out, call, index);
        }

        @Override
        public boolean isAbsent(Call call, int index) {
            return !presence.test(command(call));
        }
    }

    private static int command(Call call) {
        return (int) call.argument(OPERATION) & FUTEX_CMD_MASK;
    }

    private static void operation(StringBuilder out, int operation) {
        OPERATIONS.print(out, operation & FUTEX_CMD_MASK);
        if ((operation & FUTEX_PRIVATE_FLAG) != 0) {
            out.append("_PRIVATE");
        }
        if ((operation & FUTEX_CLOCK_REALTIME) != 0) {
            out.append("|FUTEX_CLOCK_REALTIME");
        }
    }

    private static boolean takesTimeout(int command) {
        return command == FUTEX_WAIT
                || command == FUTEX_WAIT_BITSET
                || command == FUTEX_LOCK_PI
                || command == FUTEX_LOCK_PI2
                || command == FUTEX_WAIT_REQUEUE_PI;
    }

    private static boolean requeues(int command) {
        return command == FUTEX_REQUEUE
                || command == FUTEX_CMP_REQUEUE
                || command == FUTEX_CMP_REQUEUE_PI
                || command == FUTEX_WAKE_OP;
    }

    private static boolean hasFourth(int command) {
        return takesTimeout(command) || requeues(command);
    }

    private static boolean hasSecondAddress(int command) {
        return requeues(command) || command == FUTEX_WAIT_REQUEUE_PI;
    }

    private static boolean hasLast(int command) {
        return command == FUTEX_WAIT_BITSET
                || command == FUTEX_WAKE_BITSET
                || requeues(command) && command != FUTEX_REQUEUE;
    }

    private static void fourth(StringBuilder out, Call call, int index) {
        if (takesTimeout(command(call))) {
            Arrays.struct(out, call, call.argument(index), Timespec.SIZE, TimeKinds::timespec);
        } else {
            out.append(call.argument(index) & 0xffff_ffffL);
        }
    }

    private static void last(StringBuilder out, Call call, int index) {
        long value = call.argument(index) & 0xffff_ffffL;
        boolean bits = command(call) == FUTEX_WAIT_BITSET || command(call) == FUTEX_WAKE_BITSET;
        if (bits && value == 0xffff_ffffL) {
            out.append("FUTEX_BITSET_MATCH_ANY");
        } else if (bits) {
            Text.hex(out, value);
        } else {
            out.append(value);
        }
    }
}

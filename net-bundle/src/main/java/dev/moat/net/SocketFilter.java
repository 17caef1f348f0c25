package dev.moat.net;

import dev.moat.abi.Errno;
import dev.moat.api.swap.Stateful;
import dev.moat.lib.bpf.Interpreter;
import dev.moat.lib.bpf.ProgramChecker;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The program of SO_ATTACH_FILTER: says of each message that comes whether it is kept, and how much
 * of it. Never changed. Source: net/core/filter.c.
 */
@Stateful
public final class SocketFilter {
    private final long[] instructions;

    private SocketFilter(long[] instructions) {
        this.instructions = instructions;
    }

    /**
     * A filter of {@code struct sock_filter[]}, each as the long that its bytes are.
     *
     * @throws dev.moat.abi.ErrnoException EINVAL: no valid program
     */
    public static SocketFilter of(long[] instructions) {
        if (!ProgramChecker.isValid(instructions)) {
            throw Errno.EINVAL.exception();
        }
        return new SocketFilter(instructions.clone());
    }

    /** A copy, for SO_GET_FILTER. */
    public long[] instructions() {
        return instructions.clone();
    }

    /** What stays of a message: all, its first bytes, or null if it is dropped. */
    public byte @Nullable [] pass(byte[] message) {
        int kept = Interpreter.run(instructions, new FilteredMessage(message));
        if (kept == 0) {
            return null;
        }
        return Integer.compareUnsigned(kept, message.length) >= 0
                ? message
                : Arrays.copyOf(message, kept);
    }
}

package dev.moat.syscall.strace;

import dev.moat.abi.ErrnoException;
import dev.moat.abi.Iovec;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Paths, strings, buffers, vectors of buffers and of strings. */
final class StringKinds {
    private static final int PATH_BYTES = 4096;

    /** Strings of argv that are shown. */
    private static final int VECTOR_STRINGS = 32;

    private StringKinds() {}

    static void register(Map<String, ArgumentKind> kinds) {
        kinds.put(
                "path",
                (out, call, i) -> Text.string(out, call.memory(), call.argument(i), PATH_BYTES));
        kinds.put(
                "str",
                (out, call, i) ->
                        Text.string(out, call.memory(), call.argument(i), Text.STRING_BYTES));
        kinds.put("argv", (out, call, i) -> argv(out, call, call.argument(i)));
        kinds.put("envp", (out, call, i) -> envp(out, call, call.argument(i)));
        kinds.put("iov", (out, call, i) -> iov(out, call, i, Long.MAX_VALUE));
        // A read fills the vector as far as the result says.
        ArgumentKind filled = (out, call, i) -> iov(out, call, i, call.result());
        kinds.put("outiov", filled.asOutput());
        kinds.put("outbuf", new Filled());
    }

    /**
     * Kinds with a length: {@code buf:n} and {@code outbuf}; null if {@code name} is none of them.
     */
    static @Nullable ArgumentKind sized(String name, int lengthArgument) {
        return switch (name) {
            case "buf" ->
                    (out, call, i) ->
                            Text.buffer(
                                    out,
                                    call.memory(),
                                    call.argument(i),
                                    call.argument(lengthArgument));
            default -> null;
        };
    }

    /** A buffer that holds as many bytes as the result says. */
    static final class Filled implements ArgumentKind {
        @Override
        public void print(StringBuilder out, Call call, int index) {
            if (call.failed()) {
                Text.pointer(out, call.argument(index));
            } else {
                Text.buffer(out, call.memory(), call.argument(index), call.result());
            }
        }

        @Override
        public boolean isOutput() {
            return true;
        }
    }

    private static void iov(StringBuilder out, Call call, int index, long limit) {
        long[] rest = {limit};
        Arrays.array(
                out,
                call,
                call.argument(index),
                call.argument(index + 1),
                Iovec.SIZE,
                (text, memory, at) -> {
                    Iovec part = Iovec.readFrom(memory, at);
                    long used = Math.clamp(rest[0], 0, Math.max(0, part.lengthBytes()));
                    rest[0] -= used;
                    text.append("{iov_base=");
                    Text.buffer(text, call.memory(), part.base(), used);
                    text.append(", iov_len=").append(part.lengthBytes()).append('}');
                });
    }

    private static void argv(StringBuilder out, Call call, long userAddr) {
        try {
            StringBuilder text = new StringBuilder("[");
            for (int i = 0; i < VECTOR_STRINGS; i++) {
                long string = call.memory().readLong(userAddr + i * 8L);
                if (string == 0) {
                    out.append(text).append(']');
                    return;
                }
                text.append(i == 0 ? "" : ", ");
                Text.string(text, call.memory(), string, Text.STRING_BYTES);
            }
            out.append(text).append(", ...]");
        } catch (ErrnoException e) {
            Text.pointer(out, userAddr);
        }
    }

    private static void envp(StringBuilder out, Call call, long userAddr) {
        Text.pointer(out, userAddr);
        try {
            int count = 0;
            while (userAddr != 0
                    && count < 100_000
                    && call.memory().readLong(userAddr + count * 8L) != 0) {
                count++;
            }
            out.append(" /* ").append(count).append(count == 1 ? " var */" : " vars */");
        } catch (ErrnoException e) {
            return;
        }
    }
}

package dev.moat.syscall.strace;

import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;
import static java.lang.foreign.ValueLayout.JAVA_LONG_UNALIGNED;

import java.lang.foreign.MemorySegment;

/** Arrays and structs in guest memory: the parts that all decoders share. */
final class Arrays {
    /** Elements that are shown. */
    private static final int SHOWN = 32;

    private Arrays() {}

    /** Prints one struct or array element that lies at {@code at}. */
    interface Element {
        void print(StringBuilder out, MemorySegment memory, long at);
    }

    /** A struct, or its address if it is null or cannot be read. */
    static void struct(
            StringBuilder out, Call call, long userAddr, long sizeBytes, Element element) {
        MemorySegment memory = userAddr == 0 ? MemorySegment.NULL : call.read(userAddr, sizeBytes);
        if (memory.byteSize() == 0) {
            Text.pointer(out, userAddr);
        } else {
            element.print(out, memory, 0);
        }
    }

    /** An array {@code [a, b]}, cut at 32 elements. */
    static void array(
            StringBuilder out,
            Call call,
            long userAddr,
            long count,
            long elementBytes,
            Element element) {
        int shown = Math.clamp(count, 0, SHOWN);
        MemorySegment memory =
                userAddr == 0 || shown == 0
                        ? MemorySegment.NULL
                        : call.read(userAddr, shown * elementBytes);
        if (shown == 0 && userAddr != 0) {
            out.append("[]");
        } else if (memory.byteSize() == 0) {
            Text.pointer(out, userAddr);
        } else {
            out.append('[');
            for (int i = 0; i < shown; i++) {
                out.append(i == 0 ? "" : ", ");
                element.print(out, memory, i * elementBytes);
            }
            out.append(count > shown ? ", ...]" : "]");
        }
    }

    static void ints(StringBuilder out, Call call, long userAddr, long count) {
        array(
                out,
                call,
                userAddr,
                count,
                Integer.BYTES,
                (text, memory, at) -> text.append(memory.get(JAVA_INT_UNALIGNED, at)));
    }

    static void longs(StringBuilder out, Call call, long userAddr, long count) {
        array(
                out,
                call,
                userAddr,
                count,
                Long.BYTES,
                (text, memory, at) -> text.append(memory.get(JAVA_LONG_UNALIGNED, at)));
    }
}

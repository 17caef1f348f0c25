package dev.moat.syscall.strace;

/** Knows how to print one argument of a call. Stateless. */
interface ArgumentKind {
    /**
     * Appends the text of argument {@code index}. Total: what cannot be read is printed as a
     * number.
     */
    void print(StringBuilder out, Call call, int index);

    /** Whether the kernel fills it: printed when the call has returned. */
    default boolean isOutput() {
        return false;
    }

    /** Whether it is left out, as the mode of an open(2) that creates nothing. */
    default boolean isAbsent(Call call, int index) {
        return false;
    }

    /** The same, printed when the call has returned; a failed call gives the bare address. */
    default ArgumentKind asOutput() {
        ArgumentKind input = this;
        return new ArgumentKind() {
            @Override
            public void print(StringBuilder out, Call call, int index) {
                if (call.failed()) {
                    Text.pointer(out, call.argument(index));
                } else {
                    input.print(out, call, index);
                }
            }

            @Override
            public boolean isOutput() {
                return true;
            }
        };
    }
}

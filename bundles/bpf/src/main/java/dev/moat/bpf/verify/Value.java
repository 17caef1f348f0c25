package dev.moat.bpf.verify;

/** What is known of a register, or of eight bytes of the stack. */
sealed interface Value permits Value.Unset, Scalar, Pointer {
    /** Nothing was written: it must not be read. */
    record Unset() implements Value {}

    Unset UNSET = new Unset();
}

package dev.moat.bpf.verify;

/**
 * An address.
 *
 * @param offset in bytes from where it began
 * @param known false: something that is not known was added; it cannot be used any more
 */
record Pointer(Kind kind, long offset, boolean known) implements Value {
    /** Of what. */
    enum Kind {
        /** {@code struct bpf_cgroup_dev_ctx}. */
        CONTEXT("ctx"),
        /** The end of the stack, below which it is used. */
        FRAME("fp");

        private final String label;

        Kind(String label) {
            this.label = label;
        }

        String label() {
            return label;
        }
    }
}

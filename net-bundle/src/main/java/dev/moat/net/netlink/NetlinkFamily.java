package dev.moat.net.netlink;

/** The kernel's side of a family: who answers what is sent to port 0. */
interface NetlinkFamily {
    /**
     * Answers one request of a type that families have of their own.
     *
     * @throws dev.moat.abi.ErrnoException which the guest gets as NLMSG_ERROR
     */
    Outcome answer(Request request);

    /** What {@link #answer} did. */
    enum Outcome {
        /** All is said; an acknowledgement follows if it is wanted. */
        DONE,
        /** A dump began, which ends by itself. */
        DUMPING
    }
}

package dev.moat.net.netlink;

/** An answer of many messages, made piece by piece as it is read. Guarded by its socket. */
interface Dump {
    /** NLMSG_GOODSIZE: what a piece has room for; one message may be longer. */
    int PIECE_BYTES = 3776;

    /** The next messages, each with NLM_F_MULTI; empty once there are no more. */
    byte[] next();

    /** Of the request. */
    int sequence();
}

package dev.moat.bpf.verify;

import dev.moat.abi.Errno;

/** Why a program must not run: the last line of the log, and the errno. */
public final class Refusal extends Exception {
    private static final long serialVersionUID = 1L;

    private final Errno errno;
    private final String text;

    Refusal(Errno errno, String text) {
        super(text, null, false, false);
        this.errno = errno;
        this.text = text;
    }

    /** EACCES for what it would do. */
    static Refusal access(String text) {
        return new Refusal(Errno.EACCES, text);
    }

    /** EINVAL for how it is written. */
    static Refusal invalid(String text) {
        return new Refusal(Errno.EINVAL, text);
    }

    /** What the log says of it. */
    public String text() {
        return text;
    }

    public Errno errno() {
        return errno;
    }
}

package dev.moat.platform.ptrace;

/** A stub thread is gone: killed from outside, or by the host for want of memory. */
final class StubLostException extends Exception {
    private static final long serialVersionUID = 1L;

    StubLostException(String reason) {
        super(reason, null, false, false);
    }
}

package dev.moat.platform.trap;

/** The stub thread or process is gone, or does what no stub does. */
final class StubLostException extends Exception {
    private static final long serialVersionUID = 1;

    StubLostException(String message) {
        super(message, null, false, false);
    }
}

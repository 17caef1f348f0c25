package dev.moat.fs.dev.terminal;

import static dev.moat.abi.TermiosConstants.*;

import dev.moat.abi.Termios2;

/** Settings of a terminal, termios(3): an immutable view that answers by name. */
record TerminalMode(Termios2 termios) {
    /** INIT_C_CC, include/asm-generic/termios-base.h; the rest are 0. */
    private static final String CONTROL_CHARS =
            "\003\034\177\025\004\000\001\000\021\023\032\000\022\017\027\026\000\000\000";

    private static final int SPEED = 38400;

    /** tty_std_termios with the control flags of pts_driver. */
    static final TerminalMode INITIAL =
            new TerminalMode(
                    new Termios2(
                            ICRNL | IXON,
                            OPOST | ONLCR,
                            B38400 | CS8 | CREAD,
                            ISIG | ICANON | ECHO | ECHOE | ECHOK | ECHOCTL | ECHOKE | IEXTEN,
                            N_TTY,
                            CONTROL_CHARS,
                            SPEED,
                            SPEED));

    /** Whether any of the c_iflag bits is set. */
    boolean input(int flags) {
        return (termios.inputFlags() & flags) != 0;
    }

    /** Whether any of the c_oflag bits is set. */
    boolean output(int flags) {
        return (termios.outputFlags() & flags) != 0;
    }

    /** Whether any of the c_lflag bits is set. */
    boolean local(int flags) {
        return (termios.localFlags() & flags) != 0;
    }

    /** Whether lines are put together and edited here (not by the other side, as with EXTPROC). */
    boolean canonical() {
        return local(ICANON);
    }

    /** Whether XTABS asks for spaces instead of tabulators. */
    boolean expandsTabs() {
        return (termios.outputFlags() & TABDLY) == XTABS;
    }

    int minimum() {
        return termios.controlChar(VMIN);
    }

    /** VTIME in nanoseconds. */
    long timeNs() {
        return termios.controlChar(VTIME) * 100_000_000L;
    }

    /** The control character itself, 0 if it is switched off. */
    int special(int index) {
        return termios.controlChar(index);
    }

    /** Whether {@code c} is the control character; 0 (_POSIX_VDISABLE) never is. */
    boolean is(int index, int c) {
        return c != 0 && c == termios.controlChar(index);
    }

    /** Whether the classic ^S and ^Q are in effect: what packet mode tells as DOSTOP. */
    boolean classicFlowControl() {
        return input(IXON) && special(VSTOP) == 0x13 && special(VSTART) == 0x11;
    }

    /** Whether {@code c} continues a UTF-8 sequence, with IUTF8. */
    boolean isContinuation(int c) {
        return input(IUTF8) && (c & 0xc0) == 0x80;
    }

    /**
     * iscntrl() of the kernel's ctype table: Latin-1, where 0x80 to 0x9f are no control characters.
     */
    static boolean isControl(int c) {
        return c < 0x20 || c == 0x7f;
    }
}

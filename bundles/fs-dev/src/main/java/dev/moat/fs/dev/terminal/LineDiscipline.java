package dev.moat.fs.dev.terminal;

import static dev.moat.abi.TermiosConstants.*;

import dev.moat.abi.Ioctls;
import dev.moat.abi.Signals;
import dev.moat.api.swap.Stateful;

/**
 * N_TTY, drivers/tty/n_tty.c: turns bytes of the master into lines (or not), echoes them, raises
 * signals, and hands them to readers of the slave. Plain state without locks, waiting or side
 * effects: what shall happen outside is remembered until {@link #takeSignals} and {@link
 * #takePacketStatus}.
 */
@Stateful
final class LineDiscipline {
    private final OutputQueue output = new OutputQueue();
    private final InputBuffer input = new InputBuffer();
    private final LineEditor editor = new LineEditor(input, output);

    private TerminalMode mode = TerminalMode.INITIAL;

    /** The next character is taken literally: VLNEXT was typed. */
    private boolean literalNext;

    /** Bit n: signal n for the foreground. */
    private long signals;

    /** TIOCPKT_* bits that the master has not seen. */
    private int packetStatus;

    TerminalMode mode() {
        return mode;
    }

    OutputQueue output() {
        return output;
    }

    /** Changes the settings: n_tty_set_termios. */
    void setMode(TerminalMode newMode) {
        TerminalMode old = mode;
        mode = newMode;
        int changed = old.termios().localFlags() ^ newMode.termios().localFlags();
        if ((changed & (ICANON | EXTPROC)) != 0) {
            input.changeMode(newMode.canonical());
            editor.reset();
            literalNext = false;
        }
        if (old.input(IXON) && !newMode.input(IXON)) {
            startOutput();
        }
        notePacketMode(old, newMode);
    }

    /** pty_set_termios: tells the master of changes that it asked to hear of. */
    private void notePacketMode(TerminalMode old, TerminalMode newMode) {
        if (old.classicFlowControl() != newMode.classicFlowControl()) {
            packetStatus &= ~(Ioctls.TIOCPKT_DOSTOP | Ioctls.TIOCPKT_NOSTOP);
            packetStatus |=
                    newMode.classicFlowControl() ? Ioctls.TIOCPKT_DOSTOP : Ioctls.TIOCPKT_NOSTOP;
        }
        if (old.local(EXTPROC) || newMode.local(EXTPROC)) {
            packetStatus |= Ioctls.TIOCPKT_IOCTL;
        }
    }

    /** Signals raised since the last call, bit n for signal n. */
    long takeSignals() {
        long raised = signals;
        signals = 0;
        return raised;
    }

    int packetStatus() {
        return packetStatus;
    }

    int takePacketStatus() {
        int status = packetStatus;
        packetStatus = 0;
        return status;
    }

    /**
     * Takes bytes from the master; gives how many. What is left has to wait until somebody reads.
     * In canonical mode a line that is too long loses its end, so that the character that ends it
     * always gets through.
     */
    int receive(byte[] bytes, int from, int length) {
        int taken = 0;
        while (taken < length) {
            int room = room();
            if (room <= 0) {
                if (!mode.canonical() || input.hasLine()) {
                    break;
                }
                if (room < 0) {
                    input.cutBack(input.head() - 1);
                }
                room = 1;
            }
            int end = taken + Math.min(room, length - taken);
            while (taken < end) {
                receive(bytes[from + taken++] & 0xff);
            }
        }
        return taken;
    }

    /** Characters that fit; one place stays free. */
    private int room() {
        int free = InputBuffer.SIZE - input.count();
        return (mode.input(PARMRK) ? (free + 2) / 3 : free) - 1;
    }

    private void receive(int received) {
        if (literalNext) {
            literalNext = false;
            receivePlain(mode.input(ISTRIP) ? received & 0x7f : received);
            return;
        }
        int c = mode.input(ISTRIP) ? received & 0x7f : received;
        if (mode.input(IUCLC) && mode.local(IEXTEN) && c >= 'A' && c <= 'Z') {
            c += 'a' - 'A';
        }
        if (mode.local(EXTPROC)) {
            input.add(c);
        } else if (!receiveFlowControl(c) && !receiveSignal(c)) {
            receiveText(c);
        }
    }

    /** ^S and ^Q; whether {@code c} was one. */
    private boolean receiveFlowControl(int c) {
        if (!mode.input(IXON)) {
            return false;
        }
        if (mode.is(VSTART, c)) {
            startOutput();
            return true;
        }
        if (mode.is(VSTOP, c)) {
            stopOutput();
            return true;
        }
        return false;
    }

    /** ^C, ^\ and ^Z; whether {@code c} was one. */
    private boolean receiveSignal(int c) {
        if (!mode.local(ISIG)) {
            return false;
        }
        int signal =
                mode.is(VINTR, c)
                        ? Signals.SIGINT
                        : mode.is(VQUIT, c)
                                ? Signals.SIGQUIT
                                : mode.is(VSUSP, c) ? Signals.SIGTSTP : 0;
        if (signal == 0) {
            return false;
        }
        raise(signal);
        if (mode.input(IXON)) {
            startOutput();
        }
        if (mode.local(ECHO)) {
            editor.echo(mode, c);
        }
        return true;
    }

    /**
     * Raises a signal in the foreground and, unless NOFLSH forbids, forgets input and output: isig.
     */
    void raise(int signal) {
        signals |= 1L << signal;
        if (!mode.local(NOFLSH)) {
            flushOutput();
            flushInput();
        }
    }

    private void receiveText(int received) {
        if (mode.input(IXANY) && mode.input(IXON)) {
            startOutput();
        }
        int c = received;
        if (c == '\r') {
            if (mode.input(IGNCR)) {
                return;
            }
            if (mode.input(ICRNL)) {
                c = '\n';
            }
        } else if (c == '\n' && mode.input(INLCR)) {
            c = '\r';
        }
        if (mode.canonical() && receiveEditing(c)) {
            return;
        }
        if (c == '\n' && received == '\r') {
            receiveNewline();
        } else {
            receivePlain(c);
        }
    }

    /**
     * A newline that was a carriage return, outside of canonical mode: it is echoed as one, a typed
     * ^J is not.
     */
    private void receiveNewline() {
        if (mode.local(ECHO)) {
            editor.finishErasing(mode);
            output.echo(mode, '\n');
        }
        input.add('\n');
    }

    /**
     * Editing and line ends of canonical mode; whether {@code c} was one: n_tty_receive_char_canon.
     */
    private boolean receiveEditing(int c) {
        boolean extended = mode.local(IEXTEN);
        if (mode.is(VERASE, c) || mode.is(VKILL, c) || extended && mode.is(VWERASE, c)) {
            editor.erase(mode, c);
        } else if (extended && mode.is(VLNEXT, c)) {
            literalNext = true;
            editor.echoLiteralNext(mode);
        } else if (extended && mode.local(ECHO) && mode.is(VREPRINT, c)) {
            editor.reprint(mode, c);
        } else if (c == '\n') {
            if (mode.local(ECHO | ECHONL)) {
                output.echo(mode, '\n');
            }
            input.endLine(c);
        } else if (mode.is(VEOF, c)) {
            input.endLine(0);
        } else if (mode.is(VEOL, c) || extended && mode.is(VEOL2, c)) {
            if (mode.local(ECHO)) {
                editor.echoTyped(mode, c);
            }
            markParity(c);
            input.endLine(c);
        } else {
            return false;
        }
        return true;
    }

    /** A character without special meaning. */
    private void receivePlain(int c) {
        if (mode.local(ECHO)) {
            editor.finishErasing(mode);
            editor.echoTyped(mode, c);
        }
        markParity(c);
        input.add(c);
    }

    /** With PARMRK a byte of 0377 is doubled, to tell it from a mark. */
    private void markParity(int c) {
        if (c == 0xff && mode.input(PARMRK)) {
            input.add(c);
        }
    }

    /** Whether a read would give something; for poll(2) a read of VMIN bytes at least. */
    boolean isReadable(int minimum) {
        return cooked() ? input.hasLine() : input.count() >= Math.max(1, minimum);
    }

    /** Whether reads give lines. */
    boolean cooked() {
        return mode.canonical() && !mode.local(EXTPROC);
    }

    /** Bytes ready for a reader (FIONREAD). */
    int readableBytes() {
        return cooked() ? input.lineBytes() : input.count();
    }

    /** Reads; 0 is the end of file that was typed. Precondition: {@link #isReadable}. */
    int read(byte[] target, int length) {
        if (cooked()) {
            return input.readLine(target, length);
        }
        int count = input.readRaw(target, length);
        boolean endOfFile = mode.canonical() && count == 1 && mode.is(VEOF, target[0] & 0xff);
        return endOfFile ? 0 : count;
    }

    /** Forgets what was received: n_tty_flush_buffer. */
    void flushInput() {
        input.clear();
        editor.reset();
        literalNext = false;
        packetStatus |= Ioctls.TIOCPKT_FLUSHREAD;
    }

    /** Forgets what the master has not taken. */
    void flushOutput() {
        output.flush();
        packetStatus |= Ioctls.TIOCPKT_FLUSHWRITE;
    }

    void stopOutput() {
        if (output.stop()) {
            packetStatus = packetStatus & ~Ioctls.TIOCPKT_START | Ioctls.TIOCPKT_STOP;
        }
    }

    void startOutput() {
        if (output.start()) {
            packetStatus = packetStatus & ~Ioctls.TIOCPKT_STOP | Ioctls.TIOCPKT_START;
        }
    }

    /** TCOOFF and TCOON of tcflow(3). */
    void suspendOutput(boolean suspend) {
        if (suspend) {
            if (!output.isStoppedByProgram()) {
                output.setStoppedByProgram(true);
                stopOutput();
            }
        } else if (output.isStoppedByProgram()) {
            output.setStoppedByProgram(false);
            startOutput();
        }
    }
}

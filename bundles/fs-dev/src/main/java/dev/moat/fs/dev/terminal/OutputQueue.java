package dev.moat.fs.dev.terminal;

import static dev.moat.abi.TermiosConstants.*;

import dev.moat.api.swap.Stateful;
import java.util.Arrays;

/**
 * What goes from a terminal to its master: post-processes (OPOST), keeps track of the column, stops
 * and starts. Not thread safe.
 */
@Stateful
final class OutputQueue {
    /** What a program may write ahead of the master; Linux: about 19,000 bytes. */
    private static final int PROGRAM_BYTES = 16 << 10;

    /** Room for echoes above that; what does not fit is lost, as on Linux. */
    private static final int ECHO_BYTES = 16 << 10;

    /** No character becomes more: a tabulator that turns into spaces. */
    private static final int MAX_EXPANSION = 8;

    /** Output that the master may have taken already when a flush comes: N_TTY_BUF_SIZE. */
    private static final int TAKEN_BYTES = 4096;

    /** A writer that waits gets at least this much room. */
    private static final int WAKE_BYTES = 1024;

    private final ByteRing bytes = new ByteRing(PROGRAM_BYTES + ECHO_BYTES);

    /** Echoes while the output is stopped. */
    private final ByteRing held = new ByteRing(4096);

    private final byte[] expansion = new byte[MAX_EXPANSION];
    private int column;

    /** Column of the first character of the line that is being typed. */
    private int lineColumn;

    private boolean stopped;

    /** Stopped by tcflow(3), so that only tcflow(3) starts it again. */
    private boolean stoppedByProgram;

    ByteRing bytes() {
        return bytes;
    }

    boolean isStopped() {
        return stopped;
    }

    boolean isStoppedByProgram() {
        return stoppedByProgram;
    }

    /** Stops; false if it was. */
    boolean stop() {
        boolean changed = !stopped;
        stopped = true;
        return changed;
    }

    /** Starts, unless a program stopped it; false if nothing changed. */
    boolean start() {
        if (!stopped || stoppedByProgram) {
            return false;
        }
        stopped = false;
        byte[] waiting = new byte[held.size()];
        held.poll(waiting, 0, waiting.length);
        bytes.offer(waiting, 0, waiting.length);
        return true;
    }

    void setStoppedByProgram(boolean value) {
        stoppedByProgram = value;
    }

    /** Whether a program may write. */
    boolean hasRoom() {
        return !stopped && PROGRAM_BYTES - bytes.size() >= WAKE_BYTES;
    }

    /** Writes a program's output; gives how many bytes of {@code source} were taken. */
    int write(TerminalMode mode, byte[] source, int from, int length) {
        if (stopped) {
            return 0;
        }
        if (!mode.output(OPOST)) {
            return bytes.offer(source, from, Math.clamp(PROGRAM_BYTES - bytes.size(), 0, length));
        }
        int taken = 0;
        while (taken < length && PROGRAM_BYTES - bytes.size() >= MAX_EXPANSION) {
            int count = expand(mode, source[from + taken] & 0xff);
            bytes.offer(expansion, 0, count);
            taken++;
        }
        return taken;
    }

    /** Echoes a character as if a program had written it. */
    void echo(TerminalMode mode, int c) {
        if (mode.output(OPOST)) {
            emit(expansion, expand(mode, c));
        } else {
            emit(c);
        }
    }

    /** Echoes two columns that stand for a control character: {@code ^C}. */
    void echoControl(int c) {
        emit('^');
        emit(c ^ 0100);
        column += 2;
    }

    void noteLineColumn() {
        lineColumn = column;
    }

    void moveBackColumn() {
        if (column > 0) {
            column--;
        }
    }

    /**
     * Steps back over a tabulator.
     *
     * @param width columns of the characters before it, since the line's start or the tabulator
     *     before
     */
    void echoEraseTab(int width, boolean afterTab) {
        int columns = afterTab ? width : width + lineColumn;
        for (int steps = 8 - (columns & 7); steps > 0; steps--) {
            emit('\b');
            moveBackColumn();
        }
    }

    /** Drops what the master has not taken: tty_driver_flush_buffer. */
    void flush() {
        bytes.truncate(TAKEN_BYTES);
        held.truncate(0);
    }

    private void emit(int c) {
        if (stopped) {
            held.offer(c);
        } else {
            bytes.offer(c);
        }
    }

    private void emit(byte[] source, int count) {
        for (int i = 0; i < count; i++) {
            emit(source[i]);
        }
    }

    /** do_output_char: fills {@link #expansion} and gives the length. */
    private int expand(TerminalMode mode, int c) {
        int out = c;
        switch (c) {
            case '\n' -> {
                if (mode.output(ONLRET)) {
                    column = 0;
                }
                if (mode.output(ONLCR)) {
                    column = 0;
                    lineColumn = 0;
                    expansion[0] = '\r';
                    expansion[1] = '\n';
                    return 2;
                }
                lineColumn = column;
            }
            case '\r' -> {
                if (mode.output(ONOCR) && column == 0) {
                    return 0;
                }
                if (mode.output(OCRNL)) {
                    out = '\n';
                    if (mode.output(ONLRET)) {
                        column = 0;
                        lineColumn = 0;
                    }
                } else {
                    column = 0;
                    lineColumn = 0;
                }
            }
            case '\t' -> {
                int spaces = 8 - (column & 7);
                column += spaces;
                if (mode.expandsTabs()) {
                    Arrays.fill(expansion, 0, spaces, (byte) ' ');
                    return spaces;
                }
            }
            case '\b' -> moveBackColumn();
            default -> out = printable(mode, c);
        }
        expansion[0] = (byte) out;
        return 1;
    }

    private int printable(TerminalMode mode, int c) {
        if (TerminalMode.isControl(c)) {
            return c;
        }
        if (!mode.isContinuation(c)) {
            column++;
        }
        return mode.output(OLCUC) && c >= 'a' && c <= 'z' ? c - ('a' - 'A') : c;
    }
}

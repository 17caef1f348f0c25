package dev.moat.fs.dev.terminal;

import dev.moat.api.swap.Stateful;
import java.util.Arrays;

/**
 * Received characters of a terminal (n_tty's {@code read_buf}): 4095 at most, with marks behind
 * complete lines. Indexes grow for ever; {@code tail <= lineEnd <= head}. Not thread safe.
 */
@Stateful
final class InputBuffer {
    /** N_TTY_BUF_SIZE. */
    static final int SIZE = 4096;

    private static final int MASK = SIZE - 1;

    private final byte[] bytes = new byte[SIZE];

    /** Positions of characters that end a line. */
    private final boolean[] ends = new boolean[SIZE];

    /** Next to read. */
    private long tail;

    /** Behind the last complete line: canon_head. */
    private long lineEnd;

    /** Next to fill. */
    private long head;

    /** A switch to canonical mode made a line out of what was there, without a delimiter. */
    private boolean pushed;

    long head() {
        return head;
    }

    long lineEnd() {
        return lineEnd;
    }

    int count() {
        return (int) (head - tail);
    }

    boolean hasLine() {
        return lineEnd != tail;
    }

    int at(long index) {
        return bytes[(int) (index & MASK)] & 0xff;
    }

    void add(int c) {
        bytes[(int) (head & MASK)] = (byte) c;
        ends[(int) (head & MASK)] = false;
        head++;
    }

    /** Adds the character that completes a line; 0 stands for an end of file that is not read. */
    void endLine(int c) {
        add(c);
        ends[(int) (head - 1 & MASK)] = true;
        lineEnd = head;
    }

    /** Forgets what follows {@code index}, which is in the line that is being typed. */
    void cutBack(long index) {
        head = index;
    }

    void clear() {
        tail = 0;
        lineEnd = 0;
        head = 0;
        pushed = false;
        Arrays.fill(ends, false);
    }

    /** ICANON or EXTPROC changed, n_tty_set_termios. */
    void changeMode(boolean canonical) {
        Arrays.fill(ends, false);
        if (!canonical || count() == 0) {
            lineEnd = tail;
            pushed = false;
        } else {
            ends[(int) (head - 1 & MASK)] = true;
            lineEnd = head;
            pushed = true;
        }
    }

    /** Bytes in complete lines, end-of-file marks left out: inq_canon. */
    int lineBytes() {
        int count = (int) (lineEnd - tail);
        for (long i = tail; i < lineEnd; i++) {
            if (ends[(int) (i & MASK)] && at(i) == 0) {
                count--;
            }
        }
        return count;
    }

    /**
     * Reads from one line; gives how many bytes, 0 at an end-of-file mark. Precondition: {@link
     * #hasLine}.
     */
    int readLine(byte[] target, int length) {
        int count = 0;
        while (count < length && tail != lineEnd) {
            int slot = (int) (tail & MASK);
            boolean end = ends[slot];
            ends[slot] = false;
            tail++;
            if (end && bytes[slot] == 0 && !pushed) {
                return count;
            }
            target[count++] = bytes[slot];
            if (end) {
                pushed = false;
                return count;
            }
        }
        skipEndOfFile();
        return count;
    }

    /** A read that ends exactly at an end-of-file mark takes it along: canon_skip_eof. */
    private void skipEndOfFile() {
        int slot = (int) (tail & MASK);
        if (tail != lineEnd && ends[slot] && bytes[slot] == 0) {
            ends[slot] = false;
            tail++;
        }
    }

    /** Reads without regard to lines. */
    int readRaw(byte[] target, int length) {
        int count = Math.min(length, count());
        for (int i = 0; i < count; i++) {
            target[i] = bytes[(int) (tail + i & MASK)];
        }
        tail += count;
        lineEnd = Math.max(lineEnd, tail);
        return count;
    }
}

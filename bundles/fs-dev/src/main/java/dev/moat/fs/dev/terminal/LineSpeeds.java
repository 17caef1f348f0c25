package dev.moat.fs.dev.terminal;

import static dev.moat.abi.TermiosConstants.*;

/**
 * Speeds in bit/s of the CBAUD codes, drivers/tty/tty_baudrate.c. They mean nothing to a pseudo
 * terminal but to programs.
 */
final class LineSpeeds {
    /** Codes 0 to 15. */
    private static final int[] SLOW = {
        0, 50, 75, 110, 134, 150, 200, 300, 600, 1200, 1800, 2400, 4800, 9600, 19200, 38400
    };

    /** Codes CBAUDEX + 1 to CBAUDEX + 15. */
    private static final int[] FAST = {
        57600, 115200, 230400, 460800, 500000, 576000, 921600, 1000000, 1152000, 1500000, 2000000,
        2500000, 3000000, 3500000, 4000000
    };

    /** IBSHIFT: the input speed lies above the output speed. */
    private static final int INPUT_SHIFT = 16;

    private LineSpeeds() {}

    static int output(int controlFlags, int free) {
        return speed(controlFlags & CBAUD, free);
    }

    /** B0 as input speed stands for the output speed. */
    static int input(int controlFlags, int free, int output) {
        int code = controlFlags >>> INPUT_SHIFT & CBAUD;
        return code == B0 ? output : speed(code, free);
    }

    private static int speed(int code, int free) {
        if (code == BOTHER) {
            return free;
        }
        return (code & CBAUDEX) == 0 ? SLOW[code] : FAST[(code & 017) - 1];
    }
}

package dev.moat.fs.dev.terminal;

import static dev.moat.abi.TermiosConstants.*;

import dev.moat.abi.Errno;
import dev.moat.abi.Ioctls;
import dev.moat.abi.Signals;
import dev.moat.abi.Termios;
import dev.moat.abi.Termios2;
import dev.moat.abi.Winsize;
import dev.moat.api.mm.UserMemory;
import dev.moat.api.task.Task;
import java.lang.foreign.MemorySegment;
import java.util.OptionalLong;

/**
 * Settings and window size: the part of ioctl_tty(2) that means the same on both ends. Output of a
 * pseudo terminal is with the master at once, so that the "drain" forms differ from the plain ones
 * in nothing.
 */
final class ModeCalls {
    /** struct termio, TCGETA: four shorts, c_line, c_cc[8], padding. */
    private static final int TERMIO_BYTES = 18;

    private static final int TERMIO_CC = 9;
    private static final int TERMIO_NCC = 8;

    private ModeCalls() {}

    /** Answers; empty if the command is another one. */
    static OptionalLong ioctl(Pty pty, Task task, int command, long argument) {
        UserMemory user = task.user();
        switch (command) {
            case Ioctls.TCGETS -> {
                byte[] bytes = new byte[(int) Termios.SIZE];
                pty.mode().termios().toTermios().writeTo(MemorySegment.ofArray(bytes), 0);
                user.copyOut(argument, bytes);
            }
            case Ioctls.TCGETS2 -> {
                byte[] bytes = new byte[(int) Termios2.SIZE];
                pty.mode().termios().writeTo(MemorySegment.ofArray(bytes), 0);
                user.copyOut(argument, bytes);
            }
            case Ioctls.TCGETA -> user.copyOut(argument, toTermio(pty.mode().termios()));
            case Ioctls.TIOCGWINSZ -> {
                byte[] bytes = new byte[(int) Winsize.SIZE];
                pty.size().writeTo(MemorySegment.ofArray(bytes), 0);
                user.copyOut(argument, bytes);
            }
            case Ioctls.TIOCSWINSZ -> {
                byte[] bytes = user.copyIn(argument, (int) Winsize.SIZE);
                pty.setSize(Winsize.readFrom(MemorySegment.ofArray(bytes), 0));
            }
            case Ioctls.TIOCGSOFTCAR ->
                    user.writeInt(
                            argument, (pty.mode().termios().controlFlags() & CLOCAL) != 0 ? 1 : 0);
            case Ioctls.TCSETS,
                    Ioctls.TCSETSW,
                    Ioctls.TCSETSF,
                    Ioctls.TCSETS2,
                    Ioctls.TCSETSW2,
                    Ioctls.TCSETSF2,
                    Ioctls.TCSETA,
                    Ioctls.TCSETAW,
                    Ioctls.TCSETAF -> {
                return OptionalLong.of(set(pty, task, command, argument));
            }
            default -> {
                return OptionalLong.empty();
            }
        }
        return OptionalLong.of(0);
    }

    private static long set(Pty pty, Task task, int command, long argument) {
        long refused = pty.jobs().check(task, Signals.SIGTTOU);
        if (refused != 0) {
            return refused;
        }
        Termios2 old = pty.mode().termios();
        Termios2 wanted =
                switch (command) {
                    case Ioctls.TCSETS, Ioctls.TCSETSW, Ioctls.TCSETSF ->
                            withSpeeds(readTermios(task.user(), argument), old);
                    case Ioctls.TCSETA, Ioctls.TCSETAW, Ioctls.TCSETAF ->
                            withSpeeds(readTermio(task.user(), argument, old), old);
                    default -> readTermios2(task.user(), argument);
                };
        boolean flush =
                command == Ioctls.TCSETSF
                        || command == Ioctls.TCSETSF2
                        || command == Ioctls.TCSETAF;
        pty.setMode(new TerminalMode(sanitized(wanted)), flush);
        return 0;
    }

    private static Termios readTermios(UserMemory user, long argument) {
        byte[] bytes = user.copyIn(argument, (int) Termios.SIZE);
        return Termios.readFrom(MemorySegment.ofArray(bytes), 0);
    }

    private static Termios2 readTermios2(UserMemory user, long argument) {
        byte[] bytes = user.copyIn(argument, (int) Termios2.SIZE);
        Termios2 given = Termios2.readFrom(MemorySegment.ofArray(bytes), 0);
        return withSpeeds(given.toTermios(), given);
    }

    /** The speeds that the control flags name; {@code free} has those that BOTHER leaves open. */
    private static Termios2 withSpeeds(Termios given, Termios2 free) {
        int flags = given.controlFlags();
        int output = LineSpeeds.output(flags, free.outputSpeed());
        return new Termios2(
                given.inputFlags(),
                given.outputFlags(),
                flags,
                given.localFlags(),
                given.lineDiscipline(),
                given.controlChars(),
                LineSpeeds.input(flags, free.inputSpeed(), output),
                output);
    }

    /** pty_set_termios: characters of a pseudo terminal have eight bits and no parity. */
    private static Termios2 sanitized(Termios2 given) {
        return new Termios2(
                given.inputFlags(),
                given.outputFlags(),
                given.controlFlags() & ~(CSIZE | PARENB) | CS8 | CREAD,
                given.localFlags(),
                N_TTY,
                given.controlChars(),
                given.inputSpeed(),
                given.outputSpeed());
    }

    private static byte[] toTermio(Termios2 termios) {
        byte[] bytes = new byte[TERMIO_BYTES];
        int[] flags = {
            termios.inputFlags(),
            termios.outputFlags(),
            termios.controlFlags(),
            termios.localFlags()
        };
        for (int i = 0; i < flags.length; i++) {
            bytes[2 * i] = (byte) flags[i];
            bytes[2 * i + 1] = (byte) (flags[i] >>> 8);
        }
        bytes[TERMIO_CC - 1] = (byte) termios.lineDiscipline();
        for (int i = 0; i < TERMIO_NCC; i++) {
            bytes[TERMIO_CC + i] = (byte) termios.controlChar(i);
        }
        return bytes;
    }

    /**
     * The low halves of the flags and the first control characters are replaced:
     * user_termio_to_kernel_termios.
     */
    private static Termios readTermio(UserMemory user, long argument, Termios2 old) {
        byte[] bytes = user.copyIn(argument, TERMIO_BYTES);
        StringBuilder chars = new StringBuilder(old.controlChars());
        for (int i = 0; i < TERMIO_NCC; i++) {
            chars.setCharAt(i, (char) (bytes[TERMIO_CC + i] & 0xff));
        }
        return new Termios(
                replaceLow(old.inputFlags(), bytes, 0),
                replaceLow(old.outputFlags(), bytes, 2),
                replaceLow(old.controlFlags(), bytes, 4),
                replaceLow(old.localFlags(), bytes, 6),
                old.lineDiscipline(),
                chars.toString());
    }

    private static int replaceLow(int flags, byte[] bytes, int at) {
        return flags & 0xffff0000 | bytes[at] & 0xff | (bytes[at + 1] & 0xff) << 8;
    }

    /** TIOCSETD: only N_TTY exists. */
    static void setDiscipline(Task task, long argument) {
        if (task.user().readInt(argument) != N_TTY) {
            throw Errno.EINVAL.exception();
        }
    }
}

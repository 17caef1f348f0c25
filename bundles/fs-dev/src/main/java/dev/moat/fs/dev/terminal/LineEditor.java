package dev.moat.fs.dev.terminal;

import static dev.moat.abi.TermiosConstants.*;

import dev.moat.api.swap.Stateful;

/**
 * Erasing and echoing of the line that is being typed; the second half of {@link LineDiscipline}.
 * Not thread safe.
 */
@Stateful
final class LineEditor {
    private final InputBuffer input;
    private final OutputQueue output;

    /** ECHOPRT: a backslash was echoed, and a slash has to follow the erased characters. */
    private boolean erasing;

    LineEditor(InputBuffer input, OutputQueue output) {
        this.input = input;
        this.output = output;
    }

    void reset() {
        erasing = false;
    }

    void finishErasing(TerminalMode mode) {
        if (erasing) {
            output.echo(mode, '/');
            erasing = false;
        }
    }

    /** Echoes a character, control characters as {@code ^X} with ECHOCTL. */
    void echo(TerminalMode mode, int c) {
        if (mode.local(ECHOCTL) && TerminalMode.isControl(c) && c != '\t') {
            output.echoControl(c);
        } else {
            output.echo(mode, c);
        }
    }

    /** Echoes a character that becomes part of the line. */
    void echoTyped(TerminalMode mode, int c) {
        if (input.lineEnd() == input.head()) {
            output.noteLineColumn();
        }
        echo(mode, c);
    }

    /** VLNEXT: a caret under the cursor. */
    void echoLiteralNext(TerminalMode mode) {
        if (mode.local(ECHO)) {
            finishErasing(mode);
            if (mode.local(ECHOCTL)) {
                output.echo(mode, '^');
                output.echo(mode, '\b');
            }
        }
    }

    /** VREPRINT: shows the line again. */
    void reprint(TerminalMode mode, int c) {
        finishErasing(mode);
        echo(mode, c);
        output.echo(mode, '\n');
        for (long i = input.lineEnd(); i < input.head(); i++) {
            echo(mode, input.at(i));
        }
    }

    /** VERASE, VWERASE or VKILL: eraser(). */
    void erase(TerminalMode mode, int c) {
        if (input.head() == input.lineEnd()) {
            return;
        }
        boolean one = mode.is(VERASE, c);
        boolean word = !one && mode.is(VWERASE, c);
        if (!one && !word && !killsVisibly(mode)) {
            return;
        }
        eraseCharacters(mode, one, word);
        if (input.head() == input.lineEnd() && mode.local(ECHO)) {
            finishErasing(mode);
        }
    }

    /**
     * Whether a killed line is wiped character by character; if not, it is gone when this returns.
     */
    private boolean killsVisibly(TerminalMode mode) {
        if (mode.local(ECHO) && mode.local(ECHOK) && mode.local(ECHOKE) && mode.local(ECHOE)) {
            return true;
        }
        input.cutBack(input.lineEnd());
        if (mode.local(ECHO)) {
            finishErasing(mode);
            echo(mode, mode.special(VKILL));
            if (mode.local(ECHOK)) {
                output.echo(mode, '\n');
            }
        }
        return false;
    }

    private void eraseCharacters(TerminalMode mode, boolean one, boolean word) {
        boolean inWord = false;
        while (input.head() != input.lineEnd()) {
            long start = characterStart(mode);
            int c = input.at(start);
            if (mode.isContinuation(c)) {
                return;
            }
            if (word) {
                if (isWordPart(c)) {
                    inWord = true;
                } else if (inWord) {
                    return;
                }
            }
            long end = input.head();
            input.cutBack(start);
            if (mode.local(ECHO)) {
                echoErased(mode, c, start, end, one);
            }
            if (one) {
                return;
            }
        }
    }

    /** Index of the first byte of the last character: several bytes with IUTF8. */
    private long characterStart(TerminalMode mode) {
        long start = input.head() - 1;
        while (start > input.lineEnd() && mode.isContinuation(input.at(start))) {
            start--;
        }
        return start;
    }

    /** isalnum() of the kernel's ctype table, which is Latin-1, or an underscore. */
    private static boolean isWordPart(int c) {
        return c == '_'
                || c >= '0' && c <= '9'
                || c >= 'A' && c <= 'Z'
                || c >= 'a' && c <= 'z'
                || c >= 0xc0 && c != 0xd7 && c != 0xf7;
    }

    private void echoErased(TerminalMode mode, int c, long start, long end, boolean one) {
        if (mode.local(ECHOPRT)) {
            if (!erasing) {
                output.echo(mode, '\\');
                erasing = true;
            }
            echo(mode, c);
            for (long i = start + 1; i < end; i++) {
                output.echo(mode, input.at(i));
                output.moveBackColumn();
            }
        } else if (one && !mode.local(ECHOE)) {
            echo(mode, mode.special(VERASE));
        } else if (c == '\t') {
            echoErasedTab(mode);
        } else {
            boolean control = TerminalMode.isControl(c);
            if (control && mode.local(ECHOCTL)) {
                wipeColumn(mode);
            }
            if (!control || mode.local(ECHOCTL)) {
                wipeColumn(mode);
            }
        }
    }

    private void wipeColumn(TerminalMode mode) {
        output.echo(mode, '\b');
        output.echo(mode, ' ');
        output.echo(mode, '\b');
    }

    /** Columns since the line's start or the tabulator before say how far back to go. */
    private void echoErasedTab(TerminalMode mode) {
        int width = 0;
        boolean afterTab = false;
        for (long i = input.head() - 1; i >= input.lineEnd() && !afterTab; i--) {
            int c = input.at(i);
            if (c == '\t') {
                afterTab = true;
            } else if (TerminalMode.isControl(c)) {
                width += mode.local(ECHOCTL) ? 2 : 0;
            } else if (!mode.isContinuation(c)) {
                width++;
            }
        }
        output.echoEraseTab(width, afterTab);
    }
}

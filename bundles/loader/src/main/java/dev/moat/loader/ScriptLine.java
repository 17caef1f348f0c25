package dev.moat.loader;

import dev.moat.abi.Errno;
import dev.moat.abi.Limits;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * The first line of a script: {@code #!interpreter [argument]}. The argument is everything behind
 * the interpreter, inner blanks included. Source: fs/binfmt_script.c.
 *
 * @param interpreter path
 */
record ScriptLine(String interpreter, Optional<String> argument) {
    /** 256: BINPRM_BUF_SIZE, include/uapi/linux/binfmts.h. */
    static final int HEAD_BYTES = Limits.BINPRM_BUF_SIZE;

    /** Whether {@code head} begins with {@code #!}. */
    static boolean isScript(byte[] head) {
        return head.length >= 2 && head[0] == '#' && head[1] == '!';
    }

    /**
     * Parses the line.
     *
     * @param head the first {@link #HEAD_BYTES} of the file, or all of a shorter one
     * @throws dev.moat.abi.ErrnoException ENOEXEC: no interpreter is named, or its path is cut off
     */
    static ScriptLine parse(byte[] head) {
        // As the kernel's buffer: zeros behind the end of the file, the last byte never looked at.
        String text =
                new String(head, StandardCharsets.ISO_8859_1)
                        + "\0".repeat(Math.max(0, HEAD_BYTES - head.length));
        int last = HEAD_BYTES - 1;
        int end = endOfLine(text);
        if (end < 0) {
            int name = nextNonBlank(text, 2, last);
            if (name < 0 || nextTerminator(text, name, last) < 0) {
                throw Errno.ENOEXEC.exception();
            }
            end = last;
        }
        while (isBlank(text.charAt(end - 1))) {
            end--;
        }
        int name = nextNonBlank(text, 2, end);
        if (name < 0 || name == end) {
            throw Errno.ENOEXEC.exception();
        }
        int separator = nextTerminator(text, name, end);
        int argument = -1;
        if (separator >= 0 && text.charAt(separator) != 0) {
            argument = nextNonBlank(text, separator, end);
        }
        if (argument < 0 || argument == end) {
            return new ScriptLine(
                    cString(text, name, separator < 0 ? end : separator), Optional.empty());
        }
        return new ScriptLine(
                text.substring(name, separator), Optional.of(cString(text, argument, end)));
    }

    /** The newline; -1 if there is none before the first NUL: strnchr(). */
    private static int endOfLine(String text) {
        int newline = text.indexOf('\n');
        int nul = text.indexOf(0);
        return nul >= 0 && nul < newline ? -1 : newline;
    }

    private static String cString(String text, int from, int to) {
        int nul = text.indexOf(0, from);
        return text.substring(from, nul >= 0 && nul < to ? nul : to);
    }

    private static int nextNonBlank(String text, int first, int last) {
        for (int i = first; i <= last; i++) {
            if (!isBlank(text.charAt(i))) {
                return i;
            }
        }
        return -1;
    }

    private static int nextTerminator(String text, int first, int last) {
        for (int i = first; i <= last; i++) {
            if (isBlank(text.charAt(i)) || text.charAt(i) == 0) {
                return i;
            }
        }
        return -1;
    }

    private static boolean isBlank(char c) {
        return c == ' ' || c == '\t';
    }
}

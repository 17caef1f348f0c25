package dev.moat.loader;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** As fs/binfmt_script.c reads the same bytes. */
class ScriptLineTest {
    @Test
    void interpreterAlone() {
        assertEquals(new ScriptLine("/bin/sh", Optional.empty()), parse("#!/bin/sh\necho"));
        assertEquals(new ScriptLine("/bin/sh", Optional.empty()), parse("#! \t /bin/sh \t \nx"));
        assertEquals(new ScriptLine("/bin/sh", Optional.empty()), parse("#!/bin/sh"));
    }

    @Test
    void argument_isTheRestOfTheLine() {
        assertEquals(
                new ScriptLine("/usr/bin/env", Optional.of("python3 -u  x")),
                parse("#!/usr/bin/env   python3 -u  x  \n"));
        assertEquals(new ScriptLine("/bin/awk", Optional.of("-f")), parse("#!/bin/awk -f"));
    }

    @Test
    void nulEndsTheInterpreter() {
        assertEquals(new ScriptLine("/bin/a", Optional.empty()), parse("#!/bin/a\0 b\n"));
    }

    @Test
    void nothingNamed_givesEnoexec() {
        for (String text : new String[] {"#!", "#!\n", "#!   \n", "#!\t\n/bin/sh"}) {
            if (text.equals("#!")) {
                // a NUL follows: Linux takes the empty string for a name and fails to open it
                assertEquals("", parse(text).interpreter());
            } else {
                refused(text);
            }
        }
        refused("#!" + " ".repeat(300));
    }

    @Test
    void truncatedInterpreter_givesEnoexec_truncatedArgumentDoesNot() {
        refused("#!/" + "a".repeat(400) + "\n");
        ScriptLine line = parse("#!/bin/sh " + "b".repeat(400) + "\n");
        assertEquals("/bin/sh", line.interpreter());
        assertEquals(255 - 10, line.argument().orElseThrow().length());
    }

    @Test
    void otherFiles_areNoScripts() {
        assertFalse(ScriptLine.isScript(new byte[0]));
        assertFalse(ScriptLine.isScript(new byte[] {'#'}));
        assertFalse(ScriptLine.isScript(new byte[] {'#', ' ', '!'}));
    }

    private static ScriptLine parse(String text) {
        byte[] bytes = text.getBytes(StandardCharsets.ISO_8859_1);
        return ScriptLine.parse(Arrays.copyOf(bytes, Math.min(256, bytes.length)));
    }

    private static void refused(String text) {
        ErrnoException e = assertThrows(ErrnoException.class, () -> parse(text), text);
        assertSame(Errno.ENOEXEC, e.errno());
    }
}

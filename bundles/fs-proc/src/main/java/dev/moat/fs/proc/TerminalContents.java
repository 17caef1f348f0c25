package dev.moat.fs.proc;

import java.util.Map;

/**
 * {@code /proc/tty}: which numbers terminals have, and what they are called; tools find names by
 * it.
 */
final class TerminalContents {
    /** Columns as in show_tty_driver(), fs/proc/proc_tty.c. */
    private static final String DRIVERS =
            """
            /dev/tty             /dev/tty        5       0 system:/dev/tty
            /dev/console         /dev/console    5       1 system:console
            /dev/ptmx            /dev/ptmx       5       2 system
            pty_slave            /dev/pts      136 0-1048575 pty:slave
            pty_master           /dev/ptm      128 0-1048575 pty:master
            """;

    /** The one line discipline that there is. */
    private static final String DISCIPLINES = "n_tty       0\n";

    private TerminalContents() {}

    static Map<String, Content> all() {
        return Map.of(
                "drivers", (proc, reader) -> DRIVERS,
                "ldiscs", (proc, reader) -> DISCIPLINES);
    }
}

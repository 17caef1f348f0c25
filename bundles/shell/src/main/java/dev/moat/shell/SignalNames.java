package dev.moat.shell;

import static dev.moat.abi.Signals.SIGABRT;
import static dev.moat.abi.Signals.SIGALRM;
import static dev.moat.abi.Signals.SIGCHLD;
import static dev.moat.abi.Signals.SIGCONT;
import static dev.moat.abi.Signals.SIGHUP;
import static dev.moat.abi.Signals.SIGINT;
import static dev.moat.abi.Signals.SIGKILL;
import static dev.moat.abi.Signals.SIGPIPE;
import static dev.moat.abi.Signals.SIGQUIT;
import static dev.moat.abi.Signals.SIGRTMAX;
import static dev.moat.abi.Signals.SIGSTOP;
import static dev.moat.abi.Signals.SIGTERM;
import static dev.moat.abi.Signals.SIGTSTP;
import static dev.moat.abi.Signals.SIGUSR1;
import static dev.moat.abi.Signals.SIGUSR2;
import static dev.moat.abi.Signals.SIGWINCH;

import java.util.Locale;
import java.util.Map;

/** The signals that an operator names; all others go by number. */
final class SignalNames {
    private static final Map<String, Integer> NUMBERS =
            Map.ofEntries(
                    Map.entry("HUP", SIGHUP),
                    Map.entry("INT", SIGINT),
                    Map.entry("QUIT", SIGQUIT),
                    Map.entry("ABRT", SIGABRT),
                    Map.entry("KILL", SIGKILL),
                    Map.entry("USR1", SIGUSR1),
                    Map.entry("USR2", SIGUSR2),
                    Map.entry("PIPE", SIGPIPE),
                    Map.entry("ALRM", SIGALRM),
                    Map.entry("TERM", SIGTERM),
                    Map.entry("CHLD", SIGCHLD),
                    Map.entry("CONT", SIGCONT),
                    Map.entry("STOP", SIGSTOP),
                    Map.entry("TSTP", SIGTSTP),
                    Map.entry("WINCH", SIGWINCH));

    private SignalNames() {}

    /**
     * Reads {@code TERM}, {@code SIGTERM} or {@code 15}.
     *
     * @throws IllegalArgumentException when there is no such signal
     */
    static int parse(String text) {
        String upper = text.toUpperCase(Locale.ROOT);
        Integer named = NUMBERS.get(upper.startsWith("SIG") ? upper.substring(3) : upper);
        if (named != null) {
            return named;
        }
        try {
            int number = Integer.parseInt(text);
            if (number >= 1 && number <= SIGRTMAX) {
                return number;
            }
        } catch (NumberFormatException e) {
            // answered below, together with numbers out of range
        }
        throw new IllegalArgumentException("no signal '" + text + "'");
    }
}

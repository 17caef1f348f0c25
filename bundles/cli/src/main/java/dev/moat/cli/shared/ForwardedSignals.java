package dev.moat.cli.shared;

import dev.moat.abi.SigInfo;
import dev.moat.api.host.HostTerminal;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.task.ThreadGroup;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Passes the operator's signals on to the first process of a sandbox, as docker(1) does with {@code
 * --sig-proxy}.
 *
 * <p>Linux ignores a signal that the first process of a pid namespace has no handler for
 * (pid_namespaces(7)). An operator expects that Ctrl-C ends such a program, so then the whole
 * sandbox ends as if by that signal.
 */
final class ForwardedSignals implements AutoCloseable {
    /** SIGHUP, SIGINT, SIGTERM. */
    private static final int[] FORWARDED = {1, 2, 15};

    /** Exit codes from here on stand for signals, as in sh(1). */
    private static final int EXITED_BY_SIGNAL = 128;

    private final Sandbox sandbox;
    private final List<HostTerminal.Registration> registrations = new ArrayList<>();

    /**
     * The signal that ended the sandbox, 0 while there is none; written by a thread of the host
     * bundle.
     */
    private volatile int deadly;

    private ForwardedSignals(Sandbox sandbox) {
        this.sandbox = sandbox;
    }

    /** Forwards until closed. */
    static ForwardedSignals to(Sandbox sandbox, HostTerminal terminal) {
        var forwarded = new ForwardedSignals(sandbox);
        for (int signal : FORWARDED) {
            forwarded.registrations.add(terminal.onSignal(signal, () -> forwarded.forward(signal)));
        }
        return forwarded;
    }

    /** Gives the exit code for a program that ended while signals were forwarded. */
    int exitCode(ExitStatus status) {
        return deadly == 0 ? status.shellCode() : EXITED_BY_SIGNAL + deadly;
    }

    @Override
    public void close() {
        registrations.forEach(HostTerminal.Registration::close);
    }

    private void forward(int signal) {
        Optional<ThreadGroup> first = sandbox.tasks().group(1);
        boolean caught =
                first.isPresent()
                        && (first.get().leader().signals().caught() & (1L << (signal - 1))) != 0;
        if (caught) {
            first.get().signal(SigInfo.kernel(signal));
        } else {
            deadly = signal;
            sandbox.kill();
        }
    }
}

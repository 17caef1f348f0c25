package dev.moat.fs.dev.terminal;

import dev.moat.abi.Winsize;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostResult;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.TerminalFactory.Console;
import java.util.concurrent.atomic.AtomicBoolean;

/** A terminal whose master is the operator's: two threads move bytes, one in each direction. */
@Stateful
final class OperatorConsole implements Console {
    /** How long a host that takes no output may delay the end. */
    private static final long DRAIN_MS = 2_000;

    private final DevptsFilesystem devpts;
    private final Pty pty;
    private final SlaveFile slave;
    private final ConsoleInput input;
    private final ConsoleOutput output;
    private final AtomicBoolean closed = new AtomicBoolean();

    private OperatorConsole(
            DevptsFilesystem devpts,
            Pty pty,
            SlaveFile slave,
            ConsoleInput input,
            ConsoleOutput output) {
        this.devpts = devpts;
        this.pty = pty;
        this.slave = slave;
        this.input = input;
        this.output = output;
    }

    /**
     * @param slave its reference passes to the caller of {@link #slave}
     * @param inputFd duplicated, as {@code outputFd}
     */
    static OperatorConsole start(
            HostFiles files,
            DevptsFilesystem devpts,
            Pty pty,
            SlaveFile slave,
            int inputFd,
            int outputFd) {
        int in = HostResult.orThrow(files.duplicate(inputFd));
        int out = HostResult.orThrow(files.duplicate(outputFd));
        ConsoleInput input = ConsoleInput.start(files, in, pty);
        ConsoleOutput output = ConsoleOutput.start(files, out, pty);
        devpts.sandbox().safePoint().addSuspendable(input);
        devpts.sandbox().safePoint().addSuspendable(output);
        return new OperatorConsole(devpts, pty, slave, input, output);
    }

    @Override
    public FileDescription slave() {
        return slave;
    }

    @Override
    public String path() {
        return "/dev/pts/" + pty.number();
    }

    @Override
    public void resize(int rows, int columns) {
        pty.setSize(new Winsize(rows, columns, 0, 0));
    }

    @Override
    public void close() {
        if (closed.compareAndSet(false, true)) {
            devpts.sandbox().safePoint().removeSuspendable(input);
            devpts.sandbox().safePoint().removeSuspendable(output);
            output.drain(DRAIN_MS);
            input.close();
            devpts.remove(pty);
            pty.closeMaster();
        }
    }
}

package dev.moat.fs.dev.terminal;

import dev.moat.abi.Errno;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.Winsize;
import dev.moat.api.host.HostFiles;
import dev.moat.api.sandbox.ProcessSpec.User;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.task.Credentials;
import dev.moat.api.vfs.Inode.Owner;
import dev.moat.api.vfs.TerminalFactory;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;

/** Connects a terminal of a sandbox with the operator's. */
@Component
public final class TerminalComponent implements TerminalFactory {
    /** Who looks for the name of the terminal: the kernel itself. */
    private final HostFiles files;

    @Activate
    public TerminalComponent(@Reference HostFiles files) {
        this.files = files;
    }

    @Override
    public Console openConsole(Sandbox sandbox, int inputFd, int outputFd, int rows, int columns) {
        DevptsFilesystem devpts = DevptsFilesystem.of(sandbox).orElseThrow(Errno.ENODEV::exception);
        User user = sandbox.spec().process().user();
        TerminalNode node = devpts.newTerminal(new Owner(user.uid(), user.gid()));
        Pty pty = node.pty();
        pty.setLocked(false);
        pty.setSize(new Winsize(rows, columns, 0, 0));
        SlaveFile slave = SlaveFile.open(node, pty, OpenFlags.O_RDWR, true);
        devpts.namePath(slave, Credentials.KERNEL, pty.number());
        devpts.setConsole(pty);
        return OperatorConsole.start(files, devpts, pty, slave, inputFd, outputFd);
    }
}

package dev.moat.sandbox;

import dev.moat.abi.Errno;
import dev.moat.abi.OpenFlags;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostResult;
import dev.moat.api.sandbox.SandboxException;
import dev.moat.api.sandbox.Stdio;
import dev.moat.api.vfs.FdTable;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.TerminalFactory.Console;
import java.nio.file.Path;

/** Gives the first process its descriptors 0, 1 and 2. */
final class StandardStreams {
    private static final int LIMIT = 1024;
    private static final int LOG_MODE = 0644;

    private final KernelServices services;
    private final KernelSandbox sandbox;

    StandardStreams(KernelServices services, KernelSandbox sandbox) {
        this.services = services;
        this.sandbox = sandbox;
    }

    void install(FdTable files) {
        switch (sandbox.spec().stdio()) {
            case Stdio.Inherit stdio -> {
                add(files, adopt(0, stdio.inputFd(), OpenFlags.O_RDONLY));
                add(files, adopt(1, stdio.outputFd(), OpenFlags.O_WRONLY));
                add(files, adopt(2, stdio.errorFd(), OpenFlags.O_WRONLY));
            }
            case Stdio.Terminal stdio -> installTerminal(files, stdio);
            case Stdio.LogFile stdio -> installLog(files, stdio.file());
        }
    }

    private void installTerminal(FdTable files, Stdio.Terminal stdio) {
        Console console =
                services.terminals()
                        .orElseThrow(() ->
                                new SandboxException(
                                        125,
                                        "this kernel has no terminals: it was assembled without devpts; run without -t"))
                        .openConsole(
                                sandbox,
                                stdio.inputFd(),
                                stdio.outputFd(),
                                stdio.rows(),
                                stdio.columns());
        sandbox.console.set(console);
        FileDescription slave = console.slave();
        for (int i = 0; i < 2; i++) {
            if (!slave.tryRetain()) {
                throw new IllegalStateException("the console was closed");
            }
        }
        for (int i = 0; i < 3; i++) {
            add(files, slave);
        }
    }

    private void installLog(FdTable files, Path log) {
        HostFiles host = services.hostFiles();
        int input =
                HostResult.orThrow(
                        host.openAt(HostFiles.AT_FDCWD, "/dev/null", OpenFlags.O_RDONLY, 0));
        int output =
                host.openAt(
                        HostFiles.AT_FDCWD,
                        HostPaths.bytesOf(log),
                        OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_APPEND,
                        LOG_MODE);
        try {
            if (HostResult.failed(output)) {
                throw new SandboxException(
                        125,
                        "cannot write the log file "
                                + log
                                + ": "
                                + Errno.of(-output).orElse(Errno.EIO).message());
            }
            add(files, adopt(0, input, OpenFlags.O_RDONLY));
            add(files, adopt(1, output, OpenFlags.O_WRONLY));
            add(files, adopt(2, output, OpenFlags.O_WRONLY));
        } finally {
            host.close(input);
            if (!HostResult.failed(output)) {
                host.close(output);
            }
        }
    }

    private FileDescription adopt(int index, int hostFd, int flags) {
        return services.hostDescriptors().adopt(sandbox, index, hostFd, flags);
    }

    private static void add(FdTable files, FileDescription file) {
        files.install(file, 0, false, LIMIT);
    }
}

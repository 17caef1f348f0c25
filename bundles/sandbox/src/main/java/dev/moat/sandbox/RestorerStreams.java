package dev.moat.sandbox;

import dev.moat.abi.Errno;
import dev.moat.abi.OpenFlags;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostResult;
import dev.moat.api.sandbox.SandboxException;
import dev.moat.api.sandbox.Stdio;
import java.nio.file.Path;

/** The host descriptors that stand for the standard streams of a sandbox that comes back. */
final class RestorerStreams implements AutoCloseable {
    private static final int LOG_MODE = 0644;

    private final HostFiles host;
    private final Stdio stdio;
    private final int[] fds;

    private RestorerStreams(HostFiles host, Stdio stdio, int[] fds) {
        this.host = host;
        this.stdio = stdio;
        this.fds = fds;
    }

    static RestorerStreams open(HostFiles host, Stdio stdio) {
        int[] fds =
                switch (stdio) {
                    case Stdio.Inherit given ->
                            new int[] {given.inputFd(), given.outputFd(), given.errorFd()};
                    case Stdio.Terminal given ->
                            new int[] {given.inputFd(), given.outputFd(), given.outputFd()};
                    case Stdio.LogFile given -> openLog(host, given.file());
                };
        return new RestorerStreams(host, stdio, fds);
    }

    int descriptor(int index) {
        return fds[index];
    }

    /** Who wanted a descriptor has duplicated it by now. */
    @Override
    public void close() {
        if (stdio instanceof Stdio.LogFile) {
            host.close(fds[0]);
            host.close(fds[1]);
        }
    }

    private static int[] openLog(HostFiles host, Path log) {
        int input =
                HostResult.orThrow(
                        host.openAt(HostFiles.AT_FDCWD, "/dev/null", OpenFlags.O_RDONLY, 0));
        int output =
                host.openAt(
                        HostFiles.AT_FDCWD,
                        HostPaths.bytesOf(log),
                        OpenFlags.O_WRONLY | OpenFlags.O_CREAT | OpenFlags.O_APPEND,
                        LOG_MODE);
        if (HostResult.failed(output)) {
            host.close(input);
            throw new SandboxException(
                    125,
                    "cannot write the log file "
                            + log
                            + ": "
                            + Errno.of(-output).orElse(Errno.EIO).message());
        }
        return new int[] {input, output, output};
    }
}

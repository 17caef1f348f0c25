package dev.moat.host;

import static dev.moat.abi.SyscallNumbers.__NR_close;
import static dev.moat.abi.SyscallNumbers.__NR_openat;
import static dev.moat.abi.SyscallNumbers.__NR_read;

import dev.moat.api.host.HostFiles;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * Small files of the host's proc(5), read in one go: those below {@code /proc/sys} give everything
 * to the first read and nothing to a second one, and Java's file classes begin with a single byte.
 */
final class ProcFile {
    private static final int O_RDONLY_CLOEXEC = 0x80000;

    private ProcFile() {}

    /** The text, at most 4 KiB; empty if there is no such file. */
    static Optional<String> read(HostContext context, String path) {
        NativeCalls calls = context.calls();
        try (Scratch scratch = context.scratch().borrow()) {
            int fd =
                    (int)
                            calls.call(
                                    __NR_openat,
                                    HostFiles.AT_FDCWD,
                                    scratch.string(path),
                                    O_RDONLY_CLOEXEC,
                                    0);
            if (fd < 0) {
                return Optional.empty();
            }
            MemorySegment text = scratch.struct().asSlice(0, 4096);
            int length = (int) calls.call(__NR_read, fd, text.address(), text.byteSize());
            calls.call(__NR_close, fd);
            return length < 0 ? Optional.empty() : Optional.of(ByteStrings.read(text, 0, length));
        }
    }
}

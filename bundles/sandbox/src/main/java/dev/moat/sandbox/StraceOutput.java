package dev.moat.sandbox;

import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.sandbox.SandboxException;
import dev.moat.api.sandbox.SandboxSpec.StraceTarget;
import dev.moat.api.swap.HostBound;
import dev.moat.api.swap.Reopenable;
import dev.moat.api.swap.Restoration;
import dev.moat.api.swap.Stateful;
import dev.moat.api.syscall.SyscallDispatcher.StraceSink;
import java.io.BufferedOutputStream;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.OpenOption;
import java.nio.file.StandardOpenOption;

/** Where the decoded system calls of a sandbox go: standard error or a file. Thread safe. */
@Stateful
final class StraceOutput implements StraceSink, Reopenable, AutoCloseable {
    private final RankedLock lock = new RankedLock(LockRank.TASK);
    private final StraceTarget target;

    @HostBound("the same file, behind its end")
    private OutputStream out;

    private final boolean flushEachLine;

    private StraceOutput(StraceTarget target, OutputStream out) {
        this.target = target;
        this.out = out;
        this.flushEachLine = target.file().isEmpty();
    }

    static StraceOutput open(StraceTarget target) {
        return new StraceOutput(
                target,
                openTarget(
                        target,
                        StandardOpenOption.CREATE,
                        StandardOpenOption.WRITE,
                        StandardOpenOption.TRUNCATE_EXISTING));
    }

    @Override
    public void reopen(Restoration restoration) {
        out = openTarget(target, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    private static OutputStream openTarget(StraceTarget target, OpenOption... options) {
        if (target.file().isEmpty()) {
            return new FileOutputStream(FileDescriptor.err);
        }
        try {
            return new BufferedOutputStream(Files.newOutputStream(target.file().get(), options));
        } catch (IOException e) {
            throw new SandboxException(
                    125,
                    "cannot write the strace file " + target.file().get() + ": " + Reasons.of(e),
                    e);
        }
    }

    /** Writes one line; a full disk ends the trace's usefulness, not the guest. */
    @Override
    public void line(String text) {
        byte[] bytes = (text + "\n").getBytes(StandardCharsets.ISO_8859_1);
        lock.lock();
        try {
            out.write(bytes);
            if (flushEachLine) {
                out.flush();
            }
        } catch (IOException e) {
            return;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void close() {
        lock.lock();
        try {
            out.flush();
            if (!flushEachLine) {
                out.close();
            }
        } catch (IOException e) {
            return;
        } finally {
            lock.unlock();
        }
    }
}

package dev.moat.vfs;

import dev.moat.abi.At;
import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.FileMode;
import dev.moat.abi.OpenFlags;
import dev.moat.vfs.calls.CloseCalls;
import dev.moat.vfs.calls.DirectoryCalls;
import dev.moat.vfs.calls.LinkCalls;
import dev.moat.vfs.calls.OpenCalls;
import dev.moat.vfs.calls.ReadCalls;
import dev.moat.vfs.calls.RenameCalls;
import dev.moat.vfs.calls.StatCalls;
import dev.moat.vfs.calls.WriteCalls;
import dev.moat.vfs.fake.World;
import java.util.function.LongSupplier;

/**
 * Makes system calls as a program would: strings go to guest memory, errors come back as negative
 * numbers.
 */
final class Guest {
    final World world;
    private final OpenCalls open = new OpenCalls();
    private final ReadCalls read = new ReadCalls();
    private final WriteCalls write = new WriteCalls();
    private final CloseCalls close = new CloseCalls();
    private final DirectoryCalls directories = new DirectoryCalls();
    private final LinkCalls links = new LinkCalls();
    private final RenameCalls renames = new RenameCalls();
    private final StatCalls stats = new StatCalls();

    Guest(World world) {
        this.world = world;
    }

    /** The result as the dispatcher gives it. */
    static long call(LongSupplier body) {
        try {
            return body.getAsLong();
        } catch (ErrnoException e) {
            return e.errno().negated();
        }
    }

    static long error(Errno errno) {
        return errno.negated();
    }

    private long at(String text) {
        return world.user.put(text);
    }

    long open(String path, int flags, int mode) {
        return call(() -> open.open(world.task, at(path), flags, mode));
    }

    long make(String path, String content) {
        long fd = open(path, OpenFlags.O_CREAT | OpenFlags.O_RDWR, 0644);
        if (fd >= 0 && !content.isEmpty()) {
            write(fd, content);
        }
        return fd;
    }

    long write(long fd, String text) {
        return call(() -> write.write(world.task, (int) fd, at(text), text.length()));
    }

    /** What a read gives, or the error as a number. */
    String read(long fd, int count) {
        long room = world.user.room(count);
        long got = call(() -> read.read(world.task, (int) fd, room, count));
        return got < 0 ? String.valueOf(got) : world.user.text(room, got);
    }

    String text(String path) {
        long fd = open(path, OpenFlags.O_RDONLY, 0);
        if (fd < 0) {
            return String.valueOf(fd);
        }
        String text = read(fd, 1000);
        close(fd);
        return text;
    }

    long close(long fd) {
        return call(() -> close.close(world.task, (int) fd));
    }

    long mkdir(String path, int mode) {
        return call(() -> directories.mkdir(world.task, at(path), mode));
    }

    long rmdir(String path) {
        return call(() -> directories.rmdir(world.task, at(path)));
    }

    long mkfifo(String path) {
        return mknod(path, FileMode.S_IFIFO | 0666, 0);
    }

    long mknod(String path, int mode, int device) {
        return call(() -> directories.mknod(world.task, at(path), mode, device));
    }

    long symlink(String target, String path) {
        return call(() -> links.symlink(world.task, at(target), at(path)));
    }

    long link(String old, String path) {
        return call(() -> links.link(world.task, at(old), at(path)));
    }

    long unlink(String path) {
        return call(() -> links.unlink(world.task, at(path)));
    }

    long rename(String old, String path) {
        return rename(old, path, 0);
    }

    long rename(String old, String path, int flags) {
        return call(() ->
                renames.renameat2(world.task, At.AT_FDCWD, at(old), At.AT_FDCWD, at(path), flags));
    }

    long stat(String path) {
        return call(() -> stats.stat(world.task, at(path), world.user.room(144)));
    }
}

package dev.moat.fs.dev.terminal;

import dev.moat.abi.Errno;
import dev.moat.abi.FileMode;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.time.Clock;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import dev.moat.api.vfs.ListedDirectory;
import dev.moat.fs.dev.inode.MemoryInode;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The only directory of a devpts: {@code ptmx} and one node for each open terminal. Nobody makes or
 * removes names.
 */
@Stateful
final class DevptsRoot extends MemoryInode implements ListedDirectory {
    private static final long NUMBER = 1;

    /** Positions in a listing: ".", "..", ptmx, then terminal numbers. */
    private static final long FIRST_TERMINAL = 3;

    private final DevptsFilesystem filesystem;

    DevptsRoot(DevptsFilesystem filesystem, Clock clock) {
        super(clock, NUMBER, FileMode.S_IFDIR | 0755, new Owner(0, 0));
        this.filesystem = filesystem;
        addLinks(1);
    }

    @Override
    public DevptsFilesystem filesystem() {
        return filesystem;
    }

    @Override
    public @Nullable Inode lookup(String name) {
        if (name.equals("ptmx")) {
            return filesystem.multiplexer();
        }
        int number = number(name);
        return number < 0 ? null : filesystem.terminal(number).orElse(null);
    }

    /** open(2) with O_CREAT gives EACCES where files cannot be made, mknod(2) EPERM. */
    @Override
    public Inode create(String name, int mode, long rdev, Owner owner) {
        throw (FileMode.S_ISREG(mode) ? Errno.EACCES : Errno.EPERM).exception();
    }

    @Override
    public boolean revalidate(String name, @Nullable Inode child) {
        return lookup(name) == child;
    }

    @Override
    public FileDescription open(Task task, int flags) {
        return new DevptsRootStream(this, flags);
    }

    @Override
    public long list(long from, FileDescription.DirectorySink sink) {
        long at = ListedDirectory.listDots(from, NUMBER, NUMBER, sink);
        if (at < BEHIND_DOTS) {
            return at;
        }
        if (at == BEHIND_DOTS) {
            long number = filesystem.multiplexer().number();
            if (!sink.entry("ptmx", number, FileMode.DT_CHR, FIRST_TERMINAL)) {
                return at;
            }
            at = FIRST_TERMINAL;
        }
        while (at - FIRST_TERMINAL <= Integer.MAX_VALUE) {
            Optional<TerminalNode> next = filesystem.terminalFrom((int) (at - FIRST_TERMINAL));
            if (next.isEmpty()) {
                return at;
            }
            int number = next.get().pty().number();
            long behind = FIRST_TERMINAL + number + 1;
            if (!sink.entry(
                    Integer.toString(number), next.get().number(), FileMode.DT_CHR, behind)) {
                return at;
            }
            at = behind;
        }
        return at;
    }

    /** A terminal number in its only spelling, or -1. */
    private static int number(String name) {
        int number = 0;
        if (name.isEmpty() || name.length() > 7 || name.length() > 1 && name.charAt(0) == '0') {
            return -1;
        }
        for (int i = 0; i < name.length(); i++) {
            int digit = name.charAt(i) - '0';
            if (digit < 0 || digit > 9) {
                return -1;
            }
            number = number * 10 + digit;
        }
        return number;
    }
}

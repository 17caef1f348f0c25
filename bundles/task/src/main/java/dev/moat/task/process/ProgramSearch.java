package dev.moat.task.process;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.abi.FileMode;
import dev.moat.api.vfs.Vfs;
import dev.moat.api.vfs.VfsPath;
import java.util.List;

/** Finds a program by name as execvp(3) does. */
final class ProgramSearch {
    private static final String PATH = "PATH=";
    private static final String DEFAULT_PATH =
            "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
    private static final int MAY_EXEC = 1;

    private final Vfs vfs;
    private final GuestTask task;

    ProgramSearch(Vfs vfs, GuestTask task) {
        this.vfs = vfs;
        this.task = task;
    }

    /**
     * The program's place.
     *
     * @throws ErrnoException ENOENT if there is none, EACCES if there is one that may not be
     *     executed
     */
    VfsPath find(String name, List<String> environment) {
        if (name.indexOf('/') >= 0) {
            return vfs.resolve(task, name, Vfs.Follow.YES);
        }
        if (name.isEmpty()) {
            throw Errno.ENOENT.exception();
        }
        Errno failure = Errno.ENOENT;
        for (String directory : searchPath(environment).split(":", -1)) {
            try {
                VfsPath path =
                        vfs.resolve(
                                task,
                                directory.isEmpty() ? name : directory + "/" + name,
                                Vfs.Follow.YES);
                if ((path.inode().mode() & FileMode.S_IFMT) == FileMode.S_IFREG) {
                    vfs.checkPermission(task.credentials(), path, MAY_EXEC);
                    return path;
                }
            } catch (ErrnoException e) {
                if (e.errno() == Errno.EACCES) {
                    failure = Errno.EACCES;
                }
            }
        }
        throw failure.exception();
    }

    private static String searchPath(List<String> environment) {
        for (String entry : environment) {
            if (entry.startsWith(PATH)) {
                return entry.substring(PATH.length());
            }
        }
        return DEFAULT_PATH;
    }
}

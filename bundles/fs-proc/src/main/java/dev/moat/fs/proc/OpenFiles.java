package dev.moat.fs.proc;

import dev.moat.abi.ErrnoException;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.task.Task;
import dev.moat.api.task.ThreadGroup;
import dev.moat.api.vfs.FdTable;
import dev.moat.api.vfs.FileDescription;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.Set;

/** How many files are open in a sandbox, each open(2) counted once: {@code fs/file-nr}. */
final class OpenFiles {
    private OpenFiles() {}

    static int count(Sandbox sandbox) {
        Set<FdTable> tables = Collections.newSetFromMap(new IdentityHashMap<>());
        for (ThreadGroup group : sandbox.tasks().groups()) {
            group.tasks().stream().map(Task::files).forEach(tables::add);
        }
        Set<FileDescription> open = Collections.newSetFromMap(new IdentityHashMap<>());
        tables.forEach(table -> addOpen(table, open));
        return open.size();
    }

    private static void addOpen(FdTable table, Set<FileDescription> open) {
        try {
            for (int fd : table.collectFds()) {
                FileDescription file = table.tryAcquire(fd);
                if (file != null) {
                    open.add(file);
                    file.release();
                }
            }
        } catch (ErrnoException closed) {
            // The table's last user has ended meanwhile.
        }
    }
}

package dev.moat.vfs;

import dev.moat.abi.ErrnoException;
import dev.moat.api.task.Task;
import dev.moat.api.task.ThreadGroup;
import dev.moat.api.vfs.FdTable;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import dev.moat.vfs.lease.Leases;
import dev.moat.vfs.lock.FileLocks;
import dev.moat.vfs.lock.LockLine;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * {@code /proc/locks} and the locks in {@code /proc/pid/fdinfo}. Locks belong to open files, and
 * those in the descriptor tables are looked through: of files that are only on their way through a
 * socket nothing is told. Lives for one report.
 */
public final class LockListing {
    private final Task reader;
    private final Set<FdTable> tables = Collections.newSetFromMap(new IdentityHashMap<>());
    private final Set<Inode> inodes = Collections.newSetFromMap(new IdentityHashMap<>());
    private final StringBuilder out = new StringBuilder();
    private int number;

    /**
     * @param reader in whose pid namespace processes are numbered
     */
    public LockListing(Task reader) {
        this.reader = reader;
    }

    /** All locks of the sandbox whose owners the reader can see. */
    public String all() {
        for (ThreadGroup group : reader.sandbox().tasks().groups()) {
            group.tasks().stream().map(Task::files).forEach(tables::add);
        }
        tables.forEach(this::addTable);
        return out.toString();
    }

    private void addTable(FdTable table) {
        try {
            for (int fd : table.collectFds()) {
                FileDescription file = table.tryAcquire(fd);
                if (file != null) {
                    try {
                        addFile(file.inode());
                    } finally {
                        file.release();
                    }
                }
            }
        } catch (ErrnoException closed) {
            // The table's last user has ended meanwhile.
        }
    }

    private void addFile(Inode inode) {
        if (!inodes.add(inode)) {
            return;
        }
        boolean shown = false;
        for (LockLine line : linesOf(inode)) {
            // Who waits has the number of the lock that it waits for.
            if (line.depth() == 0) {
                shown = seen(line) != 0;
                number += shown ? 1 : 0;
            }
            if (shown) {
                add("", line, inode);
            }
        }
    }

    /** Those that an open file has, or that the process of the table has on it. */
    public String of(FdTable table, FileDescription file) {
        Inode inode = file.inode();
        for (LockLine line : linesOf(inode)) {
            boolean own = line.owner() == file || line.owner() == table;
            if (own && line.depth() == 0 && seen(line) != 0) {
                number++;
                add("lock:\t", line, inode);
            }
        }
        return out.toString();
    }

    private static List<LockLine> linesOf(Inode inode) {
        FileLocks locks = FileLocks.ofExisting(inode);
        List<LockLine> lines = new ArrayList<>(Leases.collectLines(inode));
        if (locks != null) {
            lines.addAll(locks.collectLines());
        }
        return lines;
    }

    private void add(String prefix, LockLine line, Inode inode) {
        out.append(prefix)
                .append(number)
                .append(": ")
                .append(line.text(seen(line), inode.attributes().device(), inode.number()))
                .append('\n');
    }

    private int seen(LockLine line) {
        return line.pid() < 0 ? -1 : reader.pids().seen(line.pid());
    }
}

package dev.moat.fs.proc;

import dev.moat.abi.Errno;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.ProcessFile;
import dev.moat.api.task.Task;
import dev.moat.api.task.ThreadGroup;
import dev.moat.api.vfs.Attributes;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** {@code /proc/pid} or {@code /proc/pid/task/tid}: the files of one process or thread. */
@Stateful
final class ProcessDirectory extends ProcDirectory implements ProcessFile {
    private final int tid;

    /** Whether this stands for the whole process (it then has {@code task}). */
    private final boolean whole;

    private final long parentNumber;

    /** Tells the process from another one that gets its number later. */
    private final long startTimeNs;

    private ProcessDirectory(
            ProcFilesystem proc, Task task, int tid, boolean whole, long parentNumber) {
        super(proc, Numbers.ofTask(tid, whole ? "." : "task."), 0555, ownerOf(task));
        this.startTimeNs = task.startTimeNs();
        this.tid = tid;
        this.whole = whole;
        this.parentNumber = parentNumber;
    }

    /** {@code /proc/tid}; null if there is no such task. */
    static @Nullable ProcessDirectory find(ProcFilesystem proc, int tid) {
        Optional<Task> task = proc.sandbox().tasks().task(tid);
        if (task.isEmpty()) {
            task = proc.sandbox().tasks().group(tid).map(group -> group.leader());
        }
        return task.filter(proc.visibility()::finds)
                .map(found -> new ProcessDirectory(proc, found, tid, true, Numbers.ROOT))
                .orElse(null);
    }

    /** {@code /proc/pid/task/tid}. */
    static ProcessDirectory ofThread(ProcFilesystem proc, Task task, long parentNumber) {
        return new ProcessDirectory(proc, task, task.tid(), false, parentNumber);
    }

    @Override
    public boolean limitsSearch() {
        return whole && proc().visibility().hidden() != HiddenPids.OFF;
    }

    /** Whom the mount options let in; the mode decides of the others. */
    @Override
    public Decision decide(Credentials credentials, int mayMask) {
        if (whole) {
            proc().visibility().checkAccess(Pids.task(proc(), tid));
        }
        return Decision.BY_MODE;
    }

    @Override
    public Attributes attributes() {
        boolean hidden =
                proc().sandbox().tasks().task(tid).stream()
                        .anyMatch(task -> !proc().visibility().shows(task));
        if (hidden) {
            throw Errno.ENOENT.exception();
        }
        return super.attributes();
    }

    @Override
    public boolean isAlive() {
        return true;
    }

    @Override
    public ThreadGroup process() {
        if (!whole) {
            throw Errno.EBADF.exception();
        }
        return proc().sandbox()
                .tasks()
                .group(tid)
                .filter(group -> group.leader().startTimeNs() == startTimeNs)
                .orElseThrow(Errno.ESRCH::exception);
    }

    /** The effective user, or root for what must not be looked into (PR_SET_DUMPABLE). */
    private static Owner ownerOf(Task task) {
        Credentials credentials = task.credentials();
        return task.group().dumpable() == 1
                ? new Owner(credentials.effectiveUid(), credentials.effectiveGid())
                : ROOT_OWNER;
    }

    @Override
    public @Nullable ProcInode lookup(String name) {
        switch (name) {
            case "task" -> {
                return whole ? new ThreadsDirectory(proc(), tid, number(), owner()) : null;
            }
            case "fd" -> {
                return new DescriptorsDirectory(proc(), tid, number(), owner(), false);
            }
            case "fdinfo" -> {
                return new DescriptorsDirectory(proc(), tid, number(), owner(), true);
            }
            case MappedFilesDirectory.NAME -> {
                return whole ? new MappedFilesDirectory(proc(), tid, number(), owner()) : null;
            }
            case "ns" -> {
                return new NamespacesDirectory(proc(), tid, number(), owner());
            }
            case "net" -> {
                return FixedDirectory.of(proc(), "net", number(), ContentTable.NET.files());
            }
            case "mem" -> {
                return new MemoryInode(proc(), tid, owner());
            }
            case MapsInode.NAME -> {
                return new MapsInode(proc(), tid, owner());
            }
            case "pagemap" -> {
                return new PagemapInode(proc(), tid, owner());
            }
            default -> {
                return file(name);
            }
        }
    }

    private @Nullable ProcInode file(String name) {
        ProcLink.Target link = ProcessLinks.target(name, tid);
        if (link != null) {
            return new ProcLink(proc(), Numbers.ofTask(tid, name), owner(), link);
        }
        MountsFormat mounts = MountsFormat.of(name);
        if (mounts != null && (whole || mounts != MountsFormat.MOUNTSTATS)) {
            return new MountsInode(proc(), tid, owner(), mounts);
        }
        ProcessFiles.Kind kind = ProcessFiles.kind(name);
        return kind == null || !ProcessFiles.isOf(name, whole)
                ? null
                : new ProcFile(
                        proc(),
                        Numbers.ofTask(tid, name),
                        kind.permissions(),
                        owner(),
                        new ProcessContent(tid, contentOf(name)));
    }

    /** Most files tell of a thread what they tell of its process. */
    private String contentOf(String name) {
        return !whole && name.equals("io") ? IoText.OF_THREAD : name;
    }

    @Override
    List<Entry> collectEntries(Task reader) {
        List<Entry> entries = new ArrayList<>();
        if (whole) {
            add(entries, "task", Entry.DIRECTORY);
            add(entries, MappedFilesDirectory.NAME, Entry.DIRECTORY);
        }
        for (String name : List.of("fd", "fdinfo", "ns", "net")) {
            add(entries, name, Entry.DIRECTORY);
        }
        for (String name : ProcessLinks.NAMES) {
            add(entries, name, Entry.LINK);
        }
        add(entries, "mem", Entry.REGULAR);
        add(entries, "pagemap", Entry.REGULAR);
        for (MountsFormat mounts : MountsFormat.values()) {
            // Threads have no statistics of their own: tid_base_stuff, fs/proc/base.c.
            if (whole || mounts != MountsFormat.MOUNTSTATS) {
                add(entries, mounts.fileName(), Entry.REGULAR);
            }
        }
        for (String name : ProcessFiles.names()) {
            if (ProcessFiles.isOf(name, whole)) {
                add(entries, name, Entry.REGULAR);
            }
        }
        return entries;
    }

    private void add(List<Entry> entries, String name, int type) {
        entries.add(new Entry(name, Numbers.ofTask(tid, name), type));
    }

    @Override
    long parentNumber() {
        return parentNumber;
    }
}

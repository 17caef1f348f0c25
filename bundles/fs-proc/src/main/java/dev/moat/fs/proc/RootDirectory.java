package dev.moat.fs.proc;

import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.ThreadGroup;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** {@code /proc} itself: fixed files and one directory a process. */
@Stateful
final class RootDirectory extends ProcDirectory {
    private final Map<String, ProcInode> fixed = new TreeMap<>();

    RootDirectory(ProcFilesystem proc) {
        super(proc, Numbers.ROOT, 0555, ROOT_OWNER);
        for (RootLink link : RootLink.values()) {
            String name = link.linkName();
            add(name, new ProcLink(proc, Numbers.fixed(name), ROOT_OWNER, link));
        }
        ContentTable.SYSTEM
                .files()
                .forEach((name, content) -> add(name, file(proc, name, content)));
        add(KernelLogInode.NAME, new KernelLogInode(proc));
        add("sys", FixedDirectory.of(proc, "sys", Numbers.ROOT, ContentTable.SYSCTL.files()));
        add("tty", FixedDirectory.of(proc, "tty", Numbers.ROOT, ContentTable.TERMINALS.files()));
    }

    private void add(String name, ProcInode inode) {
        fixed.put(name, inode);
    }

    private static ProcFile file(ProcFilesystem proc, String name, Content content) {
        return new ProcFile(proc, Numbers.fixed(name), 0444, ROOT_OWNER, content);
    }

    /** With {@code subset=pid} there are processes, and links to those. */
    private boolean isShown(String name) {
        return !proc().onlyProcesses() || name.endsWith("self");
    }

    @Override
    public @Nullable ProcInode lookup(String name) {
        ProcInode known = fixed.get(name);
        if (known != null) {
            return isShown(name) ? known : null;
        }
        int tgid = Pids.parse(name);
        // A thread that is no leader has a directory, too, but is not listed: proc(5).
        return tgid < 0
                ? proc().onlyProcesses()
                        ? null
                        : new ForeignEntries(proc(), "").lookup(name, number())
                : ProcessDirectory.find(proc(), proc().pids().meant(tgid));
    }

    @Override
    List<Entry> collectEntries(Task reader) {
        List<Entry> entries = new ArrayList<>();
        fixed.forEach((name, inode) -> {
            if (isShown(name)) {
                entries.add(Entry.of(name, inode));
            }
        });
        if (!proc().onlyProcesses()) {
            new ForeignEntries(proc(), "").addTo(entries);
        }
        Visibility visibility = proc().visibility();
        proc().sandbox().tasks().groups().stream()
                .filter(group -> visibility.shows(group.leader()))
                .map(ThreadGroup::tgid)
                .filter(tgid -> proc().pids().seen(tgid) != 0)
                .sorted(Comparator.comparingInt(proc().pids()::seen))
                .forEach(tgid ->
                        entries.add(
                                new Entry(
                                        Integer.toString(proc().pids().seen(tgid)),
                                        Numbers.ofTask(tgid, "."),
                                        Entry.DIRECTORY)));
        return entries;
    }

    @Override
    long parentNumber() {
        return Numbers.ROOT;
    }

    @Override
    long links() {
        return 2L + proc().sandbox().tasks().groups().size();
    }
}

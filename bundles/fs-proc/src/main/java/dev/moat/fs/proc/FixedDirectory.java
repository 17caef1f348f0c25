package dev.moat.fs.proc;

import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * A directory whose own entries never change: {@code /proc/sys} and what is below. Other bundles
 * may add theirs.
 */
@Stateful
final class FixedDirectory extends ProcDirectory {
    private final String path;
    private final long parentNumber;
    private final Map<String, ProcInode> entries;

    private FixedDirectory(
            ProcFilesystem proc, String path, long parentNumber, Map<String, ProcInode> entries) {
        super(proc, Numbers.fixed(path), 0555, ROOT_OWNER);
        this.path = path;
        this.parentNumber = parentNumber;
        this.entries = entries;
    }

    /**
     * Builds a tree.
     *
     * @param path of the directory from the root of proc
     * @param contents files by path relative to it
     */
    static FixedDirectory of(
            ProcFilesystem proc, String path, long parentNumber, Map<String, Content> contents) {
        Map<String, ProcInode> entries = new TreeMap<>();
        Map<String, Map<String, Content>> below = new TreeMap<>();
        contents.forEach((name, content) -> {
            int slash = name.indexOf('/');
            if (slash < 0) {
                entries.put(
                        name,
                        new ProcFile(
                                proc,
                                Numbers.fixed(path + "/" + name),
                                content.permissions(),
                                ROOT_OWNER,
                                content));
            } else {
                below.computeIfAbsent(name.substring(0, slash), key -> new TreeMap<>())
                        .put(name.substring(slash + 1), content);
            }
        });
        below.forEach((name, inner) ->
                entries.put(name, of(proc, path + "/" + name, Numbers.fixed(path), inner)));
        return new FixedDirectory(proc, path, parentNumber, entries);
    }

    @Override
    public @Nullable ProcInode lookup(String name) {
        ProcInode known = entries.get(name);
        return known != null ? known : new ForeignEntries(proc(), path).lookup(name, number());
    }

    @Override
    List<Entry> collectEntries(Task reader) {
        List<Entry> listed = new ArrayList<>(entries.size());
        entries.forEach((name, inode) -> listed.add(Entry.of(name, inode)));
        new ForeignEntries(proc(), path).addTo(listed);
        return listed;
    }

    @Override
    long parentNumber() {
        return parentNumber;
    }
}

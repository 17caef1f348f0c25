package dev.moat.fs.proc;

import dev.moat.fs.proc.ProcDirectory.Entry;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** What other bundles have in one directory of proc. */
final class ForeignEntries {
    private final ProcFilesystem proc;

    /** Path of the directory with a slash at its end; empty for the root. */
    private final String prefix;

    ForeignEntries(ProcFilesystem proc, String directory) {
        this.proc = proc;
        this.prefix = directory.isEmpty() ? "" : directory + "/";
    }

    /** The file or directory of this name; null if there is none. */
    @Nullable ProcInode lookup(String name, long directoryNumber) {
        String path = prefix + name;
        Map<String, Integer> files = proc.foreign().files(proc.sandbox());
        Integer permissions = files.get(path);
        if (permissions != null) {
            return new ProcFile(
                    proc,
                    Numbers.fixed(path),
                    permissions,
                    ProcDirectory.ROOT_OWNER,
                    new ForeignContent(path));
        }
        boolean above = files.keySet().stream().anyMatch(file -> file.startsWith(path + "/"));
        return above ? FixedDirectory.of(proc, path, directoryNumber, Map.of()) : null;
    }

    /** Adds what is not listed already. */
    void addTo(List<Entry> listed) {
        Set<String> known = new TreeSet<>();
        listed.forEach(entry -> known.add(entry.name()));
        for (String file : proc.foreign().files(proc.sandbox()).keySet()) {
            if (file.startsWith(prefix)) {
                String rest = file.substring(prefix.length());
                int slash = rest.indexOf('/');
                String name = slash < 0 ? rest : rest.substring(0, slash);
                if (known.add(name)) {
                    int type = slash < 0 ? Entry.REGULAR : Entry.DIRECTORY;
                    listed.add(new Entry(name, Numbers.fixed(prefix + name), type));
                }
            }
        }
    }
}

package dev.moat.fs.proc;

import dev.moat.abi.Errno;
import java.util.Map;
import java.util.TreeMap;

/** The files of proc that are always there, by place. */
enum ContentTable {
    SYSTEM(SystemContents.all()),
    TERMINALS(TerminalContents.all()),
    SYSCTL(SysctlContents.all()),
    /** Whatever is in {@code /proc/net} comes from the bundle that has the sockets. */
    NET(Map.of());

    private final Map<String, Content> contents;

    ContentTable(Map<String, Content> contents) {
        this.contents = contents;
    }

    /** The files by path; what is given remembers its name only. */
    Map<String, Content> files() {
        Map<String, Content> files = new TreeMap<>();
        contents.keySet().forEach(path -> files.put(path, new NamedContent(this, path)));
        return files;
    }

    /**
     * What the file says.
     *
     * @throws dev.moat.abi.ErrnoException ENOENT if there is none
     */
    Content content(String path) {
        Content content = contents.get(path);
        if (content == null) {
            throw Errno.ENOENT.exception();
        }
        return content;
    }
}

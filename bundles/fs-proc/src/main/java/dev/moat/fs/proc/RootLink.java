package dev.moat.fs.proc;

import dev.moat.api.task.Task;

/** The symbolic links of {@code /proc} itself. */
enum RootLink implements ProcLink.Target {
    SELF("self"),
    THREAD_SELF("thread-self"),
    MOUNTS("mounts"),
    NET("net");

    private final String linkName;

    RootLink(String linkName) {
        this.linkName = linkName;
    }

    String linkName() {
        return linkName;
    }

    @Override
    public String text(ProcFilesystem proc, Task reader) {
        return switch (this) {
            case SELF -> Integer.toString(reader.tgid());
            case THREAD_SELF -> reader.tgid() + "/task/" + reader.tid();
            case MOUNTS -> "self/mounts";
            case NET -> "self/net";
        };
    }
}

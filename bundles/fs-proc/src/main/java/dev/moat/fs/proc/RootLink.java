package dev.moat.fs.proc;

import dev.moat.abi.Errno;
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

    /** ENOENT for who is not in the namespace that is shown. */
    private static String number(ProcFilesystem proc, int id) {
        int seen = proc.pids().seen(id);
        if (seen == 0) {
            throw Errno.ENOENT.exception();
        }
        return Integer.toString(seen);
    }

    @Override
    public String text(ProcFilesystem proc, Task reader) {
        return switch (this) {
            case SELF -> number(proc, reader.tgid());
            case THREAD_SELF -> number(proc, reader.tgid()) + "/task/" + number(proc, reader.tid());
            case MOUNTS -> "self/mounts";
            case NET -> "self/net";
        };
    }
}

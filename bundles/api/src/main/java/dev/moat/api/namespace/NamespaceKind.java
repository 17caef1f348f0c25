package dev.moat.api.namespace;

import dev.moat.abi.CloneFlags;
import java.util.Optional;

/** The kinds of namespaces, with what identifies the first one of each. */
public enum NamespaceKind {
    CGROUP("cgroup", CloneFlags.CLONE_NEWCGROUP, 0xEFFFFFFBL),
    IPC("ipc", CloneFlags.CLONE_NEWIPC, 0xEFFFFFFFL),
    MNT("mnt", CloneFlags.CLONE_NEWNS, 0xF0000000L),
    NET("net", CloneFlags.CLONE_NEWNET, 0xF0000001L),
    PID("pid", CloneFlags.CLONE_NEWPID, 0xEFFFFFFCL),
    TIME("time", CloneFlags.CLONE_NEWTIME, 0xEFFFFFFAL),
    USER("user", CloneFlags.CLONE_NEWUSER, 0xEFFFFFFDL),
    UTS("uts", CloneFlags.CLONE_NEWUTS, 0xEFFFFFFEL);

    private final String label;
    private final long cloneFlag;
    private final long firstNumber;

    NamespaceKind(String label, long cloneFlag, long firstNumber) {
        this.label = label;
        this.cloneFlag = cloneFlag;
        this.firstNumber = firstNumber;
    }

    /** Name in {@code /proc/pid/ns}. */
    public String label() {
        return label;
    }

    /** CLONE_NEW* bit. */
    public long cloneFlag() {
        return cloneFlag;
    }

    /**
     * Inode number of the first one: include/linux/proc_ns.h; those of mnt and net follow the last
     * fixed one.
     */
    public long firstNumber() {
        return firstNumber;
    }

    /** The kind that a file of {@code /proc/pid/ns} stands for. */
    public static Optional<NamespaceKind> ofLabel(String label) {
        for (NamespaceKind kind : values()) {
            if (kind.label.equals(label)) {
                return Optional.of(kind);
            }
        }
        return Optional.empty();
    }
}

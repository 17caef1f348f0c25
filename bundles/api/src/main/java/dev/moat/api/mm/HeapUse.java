package dev.moat.api.mm;

/**
 * What bytes of the kernel host's heap are held for: how an operator reads a {@link HeapAccount}.
 * New uses come last: checkpoints know them by their place.
 */
public enum HeapUse {
    /** Bytes in pipes. */
    PIPES("pipes"),
    /** Sockets, and what was sent and not yet received. */
    SOCKETS("sockets"),
    /** Messages of System V and POSIX queues. */
    MESSAGES("messages"),
    /** Files of file systems in memory: inodes, names, extended attributes. */
    INODES("inodes"),
    /** Open file descriptions and tables of descriptors. */
    FILES("files"),
    /** What waits for events, and events that nobody has read: epoll, inotify, timers. */
    EVENTS("events"),
    /** File locks and leases. */
    LOCKS("locks"),
    /** Keys and keyrings. */
    KEYS("keys"),
    /** Tasks, control groups, namespaces, mounts. */
    TASKS("tasks"),
    /** Requests, completions and registered things of io_uring. */
    RINGS("rings"),
    /** Areas of address spaces. */
    AREAS("areas");

    private final String label;

    HeapUse(String label) {
        this.label = label;
    }

    /** One word in lower case. */
    public String label() {
        return label;
    }
}

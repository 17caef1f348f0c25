package dev.moat.api.lock;

/**
 * Every kernel lock's place in the one order: a thread takes locks in ascending rank only. Two
 * locks of one rank are never held together unless the rank says how.
 */
public enum LockRank {
    /** Sandbox life cycle. */
    SANDBOX,
    /** Process tree, process groups and sessions. */
    TASK_TREE,
    /** One thread group. */
    THREAD_GROUP,
    /** Signal queues of a thread group. */
    SIGNALS,
    /** Mount table. */
    MOUNTS,
    /** Renames within a file system. */
    VFS_RENAME,
    /** Directory of an inode; parent before child. */
    VFS_DIRECTORY,
    /** Who waits for whose record locks. */
    LOCK_WAITS,
    /** One inode or open file description. */
    VFS_INODE,
    /** Descriptor table. */
    FD_TABLE,
    /** Control groups: who is in which. Directories of groups are made under that of the VFS. */
    CGROUPS,
    /** VMAs of an address space. On fork: parent before child. */
    MM_MAPPING,
    /** Names of the objects of one kind of System V IPC; taken when a mapping was the last use. */
    IPC_TABLE,
    /** One object of System V IPC, which is told who maps it. */
    IPC_OBJECT,
    /** Pages of a file. */
    FILE_PAGES,
    /**
     * Page table of an address space; behind {@link #FILE_PAGES}, because files copy to and from
     * resident guest pages under their own lock.
     */
    MM_PAGES,
    /** Platform mappings of an address space. */
    PLATFORM,
    /** Allocator of the memory file. */
    MEMORY_FILE,
    /** Futex buckets. */
    FUTEX,
    /** A wait queue. */
    WAIT_QUEUE,
    /** Timer queue. */
    TIMERS,
    /** The trace of system calls: held while a line goes to its sink. */
    TRACE,
    /** A task's own small state. Leaf. */
    TASK
}

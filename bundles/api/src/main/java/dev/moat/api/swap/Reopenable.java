package dev.moat.api.swap;

/** A stateful object with something of the host that a checkpoint cannot hold. */
public interface Reopenable {
    /** In which order objects get their host resources back. */
    enum Stage {
        /** The memory file, empty. Its pages are filled in behind this stage. */
        MEMORY,
        /** What needs nothing else: host directories, clocks, standard streams. */
        RESOURCES,
        /** What is known of names beneath resources of {@link #RESOURCES}. */
        NAMES,
        /** What is opened by such a name. */
        FILES
    }

    /** When {@link #reopen} is called. */
    default Stage stage() {
        return Stage.RESOURCES;
    }

    /**
     * Called at the safe point before the object is written. Notes in carried fields what {@link
     * #reopen} will need; the object stays in use if the checkpoint is called off or the sandbox
     * goes on.
     *
     * @throws SwapException it holds something that no other kernel host can get: which one, by the
     *     name that the operator knows it by
     */
    default void checkpointing() {}

    /**
     * Called in the kernel host that restores, when all fields of all objects are set and those of
     * the stages before have been called; before {@link Restorable#restored}.
     *
     * @throws SwapException the resource is not there, or is not what it was: by name
     */
    void reopen(Restoration restoration);
}

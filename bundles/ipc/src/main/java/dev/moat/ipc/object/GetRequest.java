package dev.moat.ipc.object;

/** What shmget(2), semget(2) or msgget(2) asks for, beside key and flags. */
public interface GetRequest<T extends IpcObject> {
    /**
     * Looks at the object that has the key.
     *
     * @throws dev.moat.abi.ErrnoException EINVAL: not what is asked for
     */
    void checkKnown(T known);

    /**
     * Looks at the request for a new object.
     *
     * @throws dev.moat.abi.ErrnoException EINVAL, ENOSPC
     */
    void checkNew();

    /** Makes the object; called with the table locked. */
    T make();
}

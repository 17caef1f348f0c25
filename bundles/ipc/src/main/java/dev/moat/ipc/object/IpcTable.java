package dev.moat.ipc.object;

import dev.moat.abi.Errno;
import dev.moat.abi.IpcConstants;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.HeapAccount;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * The objects of one kind: ids and keys. An id is an index, the lowest free one, and a sequence
 * number that keeps a name of the past from meaning an object of today. Source: ipc/util.c. Thread
 * safe.
 */
@Stateful
public final class IpcTable<T extends IpcObject> {
    /** IPCMNI, include/linux/ipc_namespace.h: bits of an id that are the index. */
    static final int INDEXES = 32768;

    private static final int SEQUENCES = Integer.MAX_VALUE / INDEXES;

    private final RankedLock lock = new RankedLock(LockRank.IPC_TABLE);

    /** By index. Guarded by the lock, as all below. */
    private final TreeMap<Integer, T> objects = new TreeMap<>();

    private final Map<Integer, T> byKey = new HashMap<>();

    /** Indexes below the first one that was never used. */
    private final TreeSet<Integer> free = new TreeSet<>();

    private int used;
    private int lastIndex = -1;
    private int sequence;

    /** The id that the next object is to have, and one more; 0: any. */
    private int wanted;

    /**
     * The get call of a kind.
     *
     * @param flags IPC_CREAT, IPC_EXCL and permissions
     * @param limit how many objects there may be
     * @return the id
     * @throws dev.moat.abi.ErrnoException ENOENT, EEXIST, EACCES, ENOSPC, ENOMEM and what the
     *     request has against it
     */
    public int get(Task task, int key, int flags, int limit, GetRequest<T> request) {
        lock.lock();
        try {
            T known = key == IpcConstants.IPC_PRIVATE ? null : byKey.get(key);
            if (known != null) {
                int exclusive = IpcConstants.IPC_CREAT | IpcConstants.IPC_EXCL;
                if ((flags & exclusive) == exclusive) {
                    throw Errno.EEXIST.exception();
                }
                request.checkKnown(known);
                known.checkAccess(task, flags);
                return known.id();
            }
            if (key != IpcConstants.IPC_PRIVATE && (flags & IpcConstants.IPC_CREAT) == 0) {
                throw Errno.ENOENT.exception();
            }
            request.checkNew();
            if (objects.size() >= Math.min(limit, INDEXES)) {
                throw Errno.ENOSPC.exception();
            }
            HeapAccount.checkRoom();
            T made = request.make();
            addLocked(key, made);
            return made.id();
        } finally {
            lock.unlock();
        }
    }

    /** The id that the next object is to have, -1 for any: {@code kernel.msg_next_id}. */
    public int nextId() {
        lock.lock();
        try {
            return wanted - 1;
        } finally {
            lock.unlock();
        }
    }

    /**
     * Wishes an id for the next object; it gets the next free index if that of the id is taken.
     *
     * @param id not negative
     */
    public void setNextId(int id) {
        lock.lock();
        try {
            wanted = id + 1;
        } finally {
            lock.unlock();
        }
    }

    private void addLocked(int key, T made) {
        int index;
        if (wanted == 0) {
            Integer again = free.pollFirst();
            index = again == null ? used++ : again;
            if (index <= lastIndex) {
                sequence = sequence == SEQUENCES - 1 ? 0 : sequence + 1;
            }
            lastIndex = index;
            made.setId(sequence * INDEXES + index);
        } else {
            int id = wanted - 1;
            wanted = 0;
            index = takeFromLocked(id % INDEXES);
            made.setId(id / INDEXES * INDEXES + index);
        }
        objects.put(index, made);
        if (key != IpcConstants.IPC_PRIVATE) {
            byKey.put(key, made);
        }
    }

    /**
     * Takes the lowest free index that is not below {@code least}; if there is none, the lowest.
     */
    private int takeFromLocked(int least) {
        while (used <= least) {
            free.add(used++);
        }
        Integer index = free.ceiling(least);
        if (index == null) {
            index = used < INDEXES ? used++ : free.first();
        }
        free.remove(index);
        return index;
    }

    /**
     * The object with this id.
     *
     * @throws dev.moat.abi.ErrnoException EINVAL: there is none
     */
    public T find(int id) {
        if (id >= 0) {
            lock.lock();
            try {
                T found = objects.get(id % INDEXES);
                if (found != null && found.id() == id) {
                    return found;
                }
            } finally {
                lock.unlock();
            }
        }
        throw Errno.EINVAL.exception();
    }

    /**
     * The object at an index: SEM_STAT and the like.
     *
     * @throws dev.moat.abi.ErrnoException EINVAL: there is none
     */
    public T at(int index) {
        if (index >= 0) {
            lock.lock();
            try {
                T found = objects.get(index % INDEXES);
                if (found != null) {
                    return found;
                }
            } finally {
                lock.unlock();
            }
        }
        throw Errno.EINVAL.exception();
    }

    /** Takes an object out; harmless when repeated. */
    public void remove(T object) {
        lock.lock();
        try {
            int index = object.id() % INDEXES;
            if (objects.remove(index, object)) {
                free.add(index);
                forgetKeyLocked(object);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The key of an object leads nowhere any more; its id still does. */
    public void forgetKey(T object) {
        lock.lock();
        try {
            forgetKeyLocked(object);
        } finally {
            lock.unlock();
        }
    }

    private void forgetKeyLocked(T object) {
        byKey.remove(object.keyLocked(), object);
        object.forgetKey();
    }

    /** Highest index in use, 0 if there is none: what IPC_INFO gives. */
    public int highestIndex() {
        lock.lock();
        try {
            return objects.isEmpty() ? 0 : objects.lastKey();
        } finally {
            lock.unlock();
        }
    }

    public int size() {
        lock.lock();
        try {
            return objects.size();
        } finally {
            lock.unlock();
        }
    }

    /** All of them by index. */
    public List<T> collectAll() {
        lock.lock();
        try {
            return new ArrayList<>(objects.values());
        } finally {
            lock.unlock();
        }
    }
}

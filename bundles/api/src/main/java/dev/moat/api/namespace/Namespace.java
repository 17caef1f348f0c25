package dev.moat.api.namespace;

import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;

/**
 * One namespace. It lasts as long as it is used: by tasks (through {@link Namespaces}), open files.
 * What a subsystem keeps for it is a part. Thread safe.
 */
@Stateful
public final class Namespace {
    private final NamespaceKind kind;
    private final long number;
    private final UserView owner;
    private final AtomicInteger users = new AtomicInteger(1);
    private final ConcurrentHashMap<String, Object> parts = new ConcurrentHashMap<>();

    /** Of those who make a part. */
    private final RankedLock lock = new RankedLock(LockRank.SANDBOX);

    /** In order of making, guarded by lock. */
    private final List<Object> made = new ArrayList<>();

    /** Guarded by lock. */
    private boolean ended;

    /**
     * One that has one user.
     *
     * @param number of its inode
     * @param owner the user namespace that it belongs to; of one of kind USER: that above
     */
    public Namespace(NamespaceKind kind, long number, UserView owner) {
        this.kind = kind;
        this.number = number;
        this.owner = owner;
    }

    /** The user namespace in which capabilities over it count. */
    public UserView owner() {
        // older files tell of none
        return Objects.requireNonNullElse(owner, UserView.First.INSTANCE);
    }

    public NamespaceKind kind() {
        return kind;
    }

    public long number() {
        return number;
    }

    /** As {@code /proc/pid/ns} shows it: {@code uts:[4026531838]}. */
    @Override
    public String toString() {
        return kind.label() + ":[" + number + "]";
    }

    /** One more user. */
    public void retain() {
        users.incrementAndGet();
    }

    /** One less; with the last one its parts are closed, last made first. */
    public void release() {
        if (users.decrementAndGet() == 0) {
            List<Object> gone;
            lock.lock();
            try {
                ended = true;
                gone = List.copyOf(made).reversed();
                made.clear();
            } finally {
                lock.unlock();
            }
            gone.forEach(Namespace::close);
        }
    }

    private static void close(Object part) {
        if (part instanceof NamespacePart closeable) {
            closeable.namespaceEnded();
        }
    }

    /**
     * What a subsystem keeps for it, made by {@code maker} when it is first asked for; told when
     * the namespace ends, if it is a {@link NamespacePart}.
     *
     * @param name {@code subsystem.part}
     * @param maker called at most once, under a lock of rank {@code SANDBOX}
     */
    public Object part(String name, Supplier<?> maker) {
        Object known = parts.get(name);
        return known != null ? known : make(name, maker);
    }

    private Object make(String name, Supplier<?> maker) {
        lock.lock();
        try {
            Object known = parts.get(name);
            if (known == null) {
                known = maker.get();
                parts.put(name, known);
                if (ended) {
                    close(known);
                } else {
                    made.add(known);
                }
            }
            return known;
        } finally {
            lock.unlock();
        }
    }
}

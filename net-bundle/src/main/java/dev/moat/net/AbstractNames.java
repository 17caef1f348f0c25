package dev.moat.net;

import dev.moat.api.swap.Stateful;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** Local socket names that are no files: the abstract namespace of one sandbox, unix(7). */
@Stateful
public final class AbstractNames {
    private final ConcurrentHashMap<String, Socket> bound = new ConcurrentHashMap<>();

    /** Binds a name; false if it is taken. */
    public boolean bind(String name, Socket socket) {
        return bound.putIfAbsent(name, socket) == null;
    }

    /** The socket behind a name, null if there is none. */
    public @Nullable Socket find(String name) {
        return bound.get(name);
    }

    /** Gives a name up. */
    public void unbind(String name, Socket socket) {
        bound.remove(name, socket);
    }
}

package dev.moat.swap.checkpoint;

import dev.moat.api.swap.Reopenable;
import dev.moat.api.swap.Restorable;
import java.util.ArrayList;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/**
 * Gets the objects of a sandbox ready to be written, each once, and takes that back: the sandbox
 * may go on.
 */
final class Saving implements AutoCloseable {
    private final Set<Object> seen = Collections.newSetFromMap(new IdentityHashMap<>());
    private final List<Restorable> saved = new ArrayList<>();

    /** Called for each object before its fields are read. */
    void prepare(Object object) {
        if (!seen.add(object)) {
            return;
        }
        if (object instanceof Restorable restorable) {
            restorable.saving();
            saved.add(restorable);
        }
        if (object instanceof Reopenable reopenable) {
            reopenable.checkpointing();
        }
    }

    /** Lets the objects go on. */
    @Override
    public void close() {
        saved.forEach(Restorable::restored);
    }
}

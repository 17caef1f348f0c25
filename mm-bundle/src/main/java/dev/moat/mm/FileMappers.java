package dev.moat.mm;

import dev.moat.api.mm.Mappable.Mapper;
import dev.moat.api.swap.Stateful;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** Who maps a file: one count per address space. Guarded by the file's lock. */
@Stateful
final class FileMappers {
    private final Map<Mapper, Counts> mappers = new IdentityHashMap<>();
    private int writers;

    @Stateful
    private static final class Counts {
        int all;
    }

    void add(Mapper mapper, boolean writableShared) {
        mappers.computeIfAbsent(mapper, m -> new Counts()).all++;
        if (writableShared) {
            writers++;
        }
    }

    void remove(Mapper mapper, boolean writableShared) {
        Counts counts = mappers.get(mapper);
        if (counts == null) {
            throw new IllegalStateException("not a mapper of this file");
        }
        if (--counts.all == 0) {
            mappers.remove(mapper);
        }
        if (writableShared) {
            writers--;
        }
    }

    boolean isEmpty() {
        return mappers.isEmpty();
    }

    /** Whether guests may write at any time. */
    boolean hasWriters() {
        return writers > 0;
    }

    List<Mapper> copy() {
        return mappers.isEmpty() ? List.of() : new ArrayList<>(mappers.keySet());
    }
}

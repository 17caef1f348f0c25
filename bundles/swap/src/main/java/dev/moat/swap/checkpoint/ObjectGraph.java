package dev.moat.swap.checkpoint;

import dev.moat.api.swap.IncompatibleStateException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The objects of a checkpoint while they are made. Numbers are those of the file: 0 is null. */
final class ObjectGraph {
    /** Records within records and fixed lists, each of which is made before its holder. */
    private static final int MAX_DEPTH = 500;

    private final List<Entry> entries;
    private final @Nullable Object[] objects;
    private final boolean[] underWay;
    private int depth;

    ObjectGraph(List<Entry> entries) {
        this.entries = entries;
        this.objects = new @Nullable Object[entries.size()];
        this.underWay = new boolean[entries.size()];
    }

    /**
     * Makes all objects; gives the first one, which all others belong to.
     *
     * @throws CheckpointException the entries make no sense
     */
    Object complete() {
        if (entries.isEmpty()) {
            throw new CheckpointException("there are no objects");
        }
        for (int i = 0; i < objects.length; i++) {
            make(i);
        }
        try {
            for (int i = 0; i < objects.length; i++) {
                entries.get(i).fill(this, make(i));
            }
            for (int i = 0; i < objects.length; i++) {
                entries.get(i).arrange(this, make(i));
            }
            return make(0);
        } catch (IncompatibleStateException e) {
            throw new CheckpointException(String.valueOf(e.getMessage()), e);
        }
    }

    /** The object of that number; null for 0. */
    @Nullable Object get(int number) {
        if (number == 0) {
            return null;
        }
        if (number < 0 || number > objects.length) {
            throw new CheckpointException("there is no object " + number);
        }
        return make(number - 1);
    }

    <T> void forEach(Class<T> type, Consumer<T> action) {
        for (T object : all(type)) {
            action.accept(object);
        }
    }

    /** All objects of a type, in the order of the file. */
    <T> List<T> all(Class<T> type) {
        List<T> found = new ArrayList<>();
        for (int i = 0; i < objects.length; i++) {
            if (type.isInstance(objects[i]) && !(entries.get(i) instanceof Entry.Ready)) {
                found.add(type.cast(objects[i]));
            }
        }
        return found;
    }

    int size() {
        return objects.length;
    }

    private Object make(int index) {
        @Nullable Object known = objects[index];
        if (known != null) {
            return known;
        }
        if (underWay[index] || depth == MAX_DEPTH) {
            throw new CheckpointException("an object contains itself");
        }
        underWay[index] = true;
        depth++;
        try {
            Object made = entries.get(index).make(this);
            objects[index] = made;
            return made;
        } catch (IncompatibleStateException e) {
            throw new CheckpointException(String.valueOf(e.getMessage()), e);
        } finally {
            depth--;
        }
    }
}

package dev.moat.swap.checkpoint;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Deque;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** The objects that a writer has found, and by which way. */
final class ObjectNumbers {
    /** How much of the way to an object is told. */
    private static final int TOLD_STEPS = 8;

    private final Map<Object, Integer> numbers = new IdentityHashMap<>();
    private final List<Object> objects = new ArrayList<>();
    private final List<String> steps = new ArrayList<>();
    private int[] parents = new int[64];
    private int current;

    /** The number of an object, counted from 1; it gets one if it has none. */
    int of(Object value, String where) {
        Integer known = numbers.get(value);
        if (known != null) {
            return known;
        }
        if (objects.size() == parents.length) {
            parents = Arrays.copyOf(parents, 2 * parents.length);
        }
        parents[objects.size()] = current;
        objects.add(value);
        steps.add(where);
        numbers.put(value, objects.size());
        return objects.size();
    }

    int size() {
        return objects.size();
    }

    Object object(int index) {
        return objects.get(index);
    }

    /** What is numbered from now on is found in this object. */
    void enter(int index) {
        current = index;
    }

    /** The way to the object that was entered last. */
    String path() {
        Deque<String> told = new ArrayDeque<>();
        int at = current;
        while (at != 0 && told.size() < TOLD_STEPS) {
            String step = steps.get(at);
            at = parents[at];
            told.addFirst(
                    step.equals("[]")
                            ? step
                            : objects.get(at).getClass().getSimpleName() + "." + step);
        }
        return told.isEmpty() ? "the sandbox" : String.join(" > ", told);
    }
}

package dev.moat.swap.checkpoint;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collection;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/** Puts elements into containers. */
final class Filling {
    private Filling() {}

    /** A container that is made with its elements. */
    static Object fixed(ContainerKind kind, @Nullable Object[] elements) {
        return switch (kind) {
            case ATOMIC_ARRAY -> new AtomicReferenceArray<>(elements);
            case OPTIONAL ->
                    elements.length == 0 ? Optional.empty() : Optional.ofNullable(elements[0]);
            case FIXED_LIST ->
                    Collections.unmodifiableList(new ArrayList<>(Arrays.asList(elements)));
            case FIXED_SET ->
                    Collections.unmodifiableSet(new LinkedHashSet<>(Arrays.asList(elements)));
            case FIXED_MAP -> {
                Map<@Nullable Object, @Nullable Object> map = new LinkedHashMap<>();
                putAll(map, elements);
                yield Collections.unmodifiableMap(map);
            }
            default -> throw new IllegalStateException(kind + " is filled later");
        };
    }

    /**
     * Fills a container that is empty.
     *
     * @throws CheckpointException it cannot hold these elements
     */
    static void fill(ContainerKind kind, Object container, @Nullable Object[] elements) {
        try {
            switch (kind.style()) {
                case LIST, SET -> {
                    Collection<@Nullable Object> collection = unchecked(container);
                    Collections.addAll(collection, elements);
                }
                case MAP -> putAll(unchecked(container), elements);
                case REFERENCE -> {
                    AtomicReference<@Nullable Object> reference = unchecked(container);
                    reference.set(elements.length == 0 ? null : elements[0]);
                }
                case FIXED -> throw new IllegalStateException(kind + " has its elements");
            }
        } catch (NullPointerException | ClassCastException e) {
            throw new CheckpointException("a container cannot hold what it should: " + kind, e);
        }
    }

    static @Nullable Comparator<Object> comparator(@Nullable Object order) {
        if (order == null) {
            return null;
        }
        if (!(order instanceof Comparator<?>)) {
            throw new CheckpointException("a container has no order");
        }
        return unchecked(order);
    }

    /** Number of elements that a container of {@code kind} may have. */
    static boolean accepts(ContainerKind kind, int count) {
        return switch (kind.style()) {
            case MAP -> count % 2 == 0;
            case REFERENCE -> count == 1;
            case LIST, SET -> true;
            case FIXED ->
                    switch (kind) {
                        case OPTIONAL -> count <= 1;
                        case FIXED_MAP -> count % 2 == 0;
                        default -> true;
                    };
        };
    }

    private static void putAll(
            Map<@Nullable Object, @Nullable Object> map, @Nullable Object[] elements) {
        for (int i = 0; i < elements.length; i += 2) {
            map.put(elements[i], elements[i + 1]);
        }
    }

    @SuppressWarnings("unchecked") // the file says what it holds; its user finds out
    private static <T> T unchecked(Object container) {
        return (T) container;
    }
}

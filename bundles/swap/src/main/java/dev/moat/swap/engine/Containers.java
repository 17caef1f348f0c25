package dev.moat.swap.engine;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.LinkedList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.PriorityQueue;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * Looks into containers of the JDK. Those that can be changed stay the same objects and get other
 * content; of the others new ones are made.
 */
final class Containers {
    /** Of these, the content is exchanged. */
    private static final Set<Class<?>> CHANGEABLE =
            Set.of(
                    ArrayList.class,
                    LinkedList.class,
                    ArrayDeque.class,
                    PriorityQueue.class,
                    HashSet.class,
                    LinkedHashSet.class,
                    TreeSet.class,
                    CopyOnWriteArrayList.class,
                    ConcurrentLinkedDeque.class,
                    ConcurrentLinkedQueue.class,
                    LinkedBlockingDeque.class,
                    LinkedBlockingQueue.class,
                    HashMap.class,
                    LinkedHashMap.class,
                    TreeMap.class,
                    IdentityHashMap.class,
                    ConcurrentHashMap.class,
                    ConcurrentSkipListMap.class);

    private Containers() {}

    static boolean knows(Class<?> type) {
        return CHANGEABLE.contains(type)
                || type == AtomicReference.class
                || type == AtomicReferenceArray.class
                || type == Optional.class
                || isSetOfMap(type)
                || isFixed(type);
    }

    /**
     * Finds what takes the place of {@code container}.
     *
     * @param successor of each element
     * @param changes takes what has to be done to the container itself, later
     * @return {@code container} unless it is of the unchangeable kind and an element changes
     */
    static Object map(
            Object container, UnaryOperator<@Nullable Object> successor, List<Change> changes) {
        return switch (container) {
            case AtomicReference<?> reference -> {
                exchange(reference, successor, changes);
                yield reference;
            }
            case AtomicReferenceArray<?> array -> {
                exchange(array, successor, changes);
                yield array;
            }
            case Optional<?> optional -> {
                @Nullable Object old = optional.orElse(null);
                @Nullable Object value = successor.apply(old);
                yield value == old ? optional : Optional.ofNullable(value);
            }
            case Map<?, ?> map -> mapEntries(map, successor, changes);
            case Collection<?> collection -> mapElements(collection, successor, changes);
            default -> throw new IllegalStateException(container.getClass() + " is no container");
        };
    }

    /** The elements; of maps, keys and values. */
    static List<@Nullable Object> contents(Object container) {
        List<@Nullable Object> contents = new ArrayList<>();
        switch (container) {
            case AtomicReference<?> reference -> contents.add(reference.get());
            case AtomicReferenceArray<?> array -> {
                for (int i = 0; i < array.length(); i++) {
                    contents.add(array.get(i));
                }
            }
            case Optional<?> optional -> contents.add(optional.orElse(null));
            case Map<?, ?> map ->
                    map.forEach((key, value) -> {
                        contents.add(key);
                        contents.add(value);
                    });
            case Collection<?> collection -> contents.addAll(collection);
            default -> throw new IllegalStateException(container.getClass() + " is no container");
        }
        return contents;
    }

    /** What orders a sorted container; null for the natural order and for others. */
    static @Nullable Object comparator(Object container) {
        return switch (container) {
            case java.util.SortedMap<?, ?> map -> map.comparator();
            case java.util.SortedSet<?> set -> set.comparator();
            case PriorityQueue<?> queue -> queue.comparator();
            default -> null;
        };
    }

    private static Object mapEntries(
            Map<?, ?> map, UnaryOperator<@Nullable Object> successor, List<Change> changes) {
        Map<@Nullable Object, @Nullable Object> content = new LinkedHashMap<>();
        if (map instanceof IdentityHashMap) {
            content = new IdentityHashMap<>();
        }
        List<@Nullable Object> keys = new ArrayList<>(map.size());
        List<@Nullable Object> values = new ArrayList<>(map.size());
        boolean changed = false;
        for (Map.Entry<?, ?> entry : map.entrySet()) {
            @Nullable Object key = successor.apply(entry.getKey());
            @Nullable Object value = successor.apply(entry.getValue());
            changed |= key != entry.getKey() || value != entry.getValue();
            keys.add(key);
            values.add(value);
        }
        if (!changed) {
            return map;
        }
        if (!CHANGEABLE.contains(map.getClass())) {
            for (int i = 0; i < keys.size(); i++) {
                content.put(keys.get(i), values.get(i));
            }
            return Collections.unmodifiableMap(content);
        }
        Map<@Nullable Object, @Nullable Object> target = unchecked(map);
        List<@Nullable Object> oldKeys = new ArrayList<>(map.keySet());
        List<@Nullable Object> oldValues = new ArrayList<>(map.values());
        changes.add(
                new Change(
                        () -> refill(target, keys, values),
                        () -> refill(target, oldKeys, oldValues)));
        return map;
    }

    private static Object mapElements(
            Collection<?> collection,
            UnaryOperator<@Nullable Object> successor,
            List<Change> changes) {
        List<@Nullable Object> elements = new ArrayList<>(collection.size());
        boolean changed = false;
        for (Object element : collection) {
            @Nullable Object mapped = successor.apply(element);
            changed |= mapped != element;
            elements.add(mapped);
        }
        if (!changed) {
            return collection;
        }
        if (CHANGEABLE.contains(collection.getClass()) || isSetOfMap(collection.getClass())) {
            Collection<@Nullable Object> target = unchecked(collection);
            List<@Nullable Object> old = new ArrayList<>(target);
            changes.add(new Change(() -> refill(target, elements), () -> refill(target, old)));
            return collection;
        }
        return collection instanceof Set
                ? Collections.unmodifiableSet(new LinkedHashSet<>(elements))
                : Collections.unmodifiableList(elements);
    }

    /** Keys may have other hash codes now: everything finds its place anew. */
    private static void refill(
            Map<@Nullable Object, @Nullable Object> target,
            List<@Nullable Object> keys,
            List<@Nullable Object> values) {
        target.clear();
        for (int i = 0; i < keys.size(); i++) {
            target.put(keys.get(i), values.get(i));
        }
    }

    private static void refill(
            Collection<@Nullable Object> target, List<@Nullable Object> elements) {
        target.clear();
        target.addAll(elements);
    }

    private static void exchange(
            AtomicReference<?> reference,
            UnaryOperator<@Nullable Object> successor,
            List<Change> changes) {
        @Nullable Object old = reference.get();
        @Nullable Object value = successor.apply(old);
        if (value != old) {
            AtomicReference<@Nullable Object> target = unchecked(reference);
            changes.add(Change.of(old, value, target::set));
        }
    }

    private static void exchange(
            AtomicReferenceArray<?> array,
            UnaryOperator<@Nullable Object> successor,
            List<Change> changes) {
        AtomicReferenceArray<@Nullable Object> target = unchecked(array);
        for (int i = 0; i < array.length(); i++) {
            int index = i;
            @Nullable Object old = array.get(i);
            @Nullable Object value = successor.apply(old);
            if (value != old) {
                changes.add(Change.of(old, value, content -> target.set(index, content)));
            }
        }
    }

    /** Collections that cannot be changed: List.of, Collections.unmodifiableList... */
    private static boolean isFixed(Class<?> type) {
        String name = type.getName();
        return name.startsWith("java.util.ImmutableCollections$")
                || name.startsWith("java.util.Collections$Unmodifiable")
                || name.startsWith("java.util.Collections$Empty")
                || name.startsWith("java.util.Collections$Singleton")
                || name.equals("java.util.Arrays$ArrayList");
    }

    /** Sets that a map stands behind: Collections.newSetFromMap, ConcurrentHashMap.newKeySet. */
    private static boolean isSetOfMap(Class<?> type) {
        String name = type.getName();
        return name.equals("java.util.Collections$SetFromMap")
                || name.equals("java.util.concurrent.ConcurrentHashMap$KeySetView");
    }

    @SuppressWarnings("unchecked") // erased at run time; only successors of its own elements go in
    private static <T> T unchecked(Object container) {
        return (T) container;
    }
}

package dev.moat.swap.checkpoint;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
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
import java.util.concurrent.ConcurrentSkipListSet;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.LinkedBlockingDeque;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicReference;
import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Containers of the JDK. The place in this list is the number in the file: append only.
 *
 * <p>What is in the file is what a container holds, in its order; hash tables are filled when all
 * objects are complete, because keys find their places by hash codes of their new selves.
 */
enum ContainerKind {
    ARRAY_LIST(ArrayList.class, Style.LIST, _ -> new ArrayList<>()),
    LINKED_LIST(LinkedList.class, Style.LIST, _ -> new LinkedList<>()),
    ARRAY_DEQUE(ArrayDeque.class, Style.LIST, _ -> new ArrayDeque<>()),
    COPY_ON_WRITE(CopyOnWriteArrayList.class, Style.LIST, _ -> new CopyOnWriteArrayList<>()),
    CONCURRENT_DEQUE(ConcurrentLinkedDeque.class, Style.LIST, _ -> new ConcurrentLinkedDeque<>()),
    CONCURRENT_QUEUE(ConcurrentLinkedQueue.class, Style.LIST, _ -> new ConcurrentLinkedQueue<>()),
    BLOCKING_DEQUE(LinkedBlockingDeque.class, Style.LIST, _ -> new LinkedBlockingDeque<>()),
    BLOCKING_QUEUE(LinkedBlockingQueue.class, Style.LIST, _ -> new LinkedBlockingQueue<>()),
    PRIORITY_QUEUE(PriorityQueue.class, Style.SET, PriorityQueue::new),
    HASH_SET(HashSet.class, Style.SET, _ -> new HashSet<>()),
    LINKED_SET(LinkedHashSet.class, Style.SET, _ -> new LinkedHashSet<>()),
    TREE_SET(TreeSet.class, Style.SET, TreeSet::new),
    SKIP_LIST_SET(ConcurrentSkipListSet.class, Style.SET, ConcurrentSkipListSet::new),
    CONCURRENT_SET(
            ConcurrentHashMap.KeySetView.class, Style.SET, _ -> ConcurrentHashMap.newKeySet()),
    HASH_MAP(HashMap.class, Style.MAP, _ -> new HashMap<>()),
    LINKED_MAP(LinkedHashMap.class, Style.MAP, _ -> new LinkedHashMap<>()),
    TREE_MAP(TreeMap.class, Style.MAP, TreeMap::new),
    IDENTITY_MAP(IdentityHashMap.class, Style.MAP, _ -> new IdentityHashMap<>()),
    CONCURRENT_MAP(ConcurrentHashMap.class, Style.MAP, _ -> new ConcurrentHashMap<>()),
    SKIP_LIST_MAP(ConcurrentSkipListMap.class, Style.MAP, ConcurrentSkipListMap::new),
    ATOMIC_REFERENCE(AtomicReference.class, Style.REFERENCE, _ -> new AtomicReference<>()),
    ATOMIC_ARRAY(AtomicReferenceArray.class, Style.FIXED, null),
    OPTIONAL(Optional.class, Style.FIXED, null),
    FIXED_LIST(null, Style.FIXED, null),
    FIXED_SET(null, Style.FIXED, null),
    FIXED_MAP(null, Style.FIXED, null);

    /** How it is filled. */
    enum Style {
        /** Elements in order. */
        LIST,
        /** Elements that find their places. */
        SET,
        /** Keys and values in turn. */
        MAP,
        /** One element. */
        REFERENCE,
        /** Made with all its elements at once. */
        FIXED
    }

    private static final List<ContainerKind> ALL = List.of(values());

    private final @Nullable Class<?> type;
    private final Style style;
    private final @Nullable Function<@Nullable Comparator<Object>, Object> maker;

    ContainerKind(
            @Nullable Class<?> type,
            Style style,
            @Nullable Function<@Nullable Comparator<Object>, Object> maker) {
        this.type = type;
        this.style = style;
        this.maker = maker;
    }

    Style style() {
        return style;
    }

    /** Empty if {@code type} is no container that is known. */
    static Optional<ContainerKind> of(Object value) {
        for (ContainerKind kind : ALL) {
            if (kind.type == value.getClass()) {
                return Optional.of(kind);
            }
        }
        String name = value.getClass().getName();
        boolean fixed =
                name.startsWith("java.util.ImmutableCollections$")
                        || name.startsWith("java.util.Collections$Unmodifiable")
                        || name.startsWith("java.util.Collections$Empty")
                        || name.startsWith("java.util.Collections$Singleton")
                        || name.equals("java.util.Arrays$ArrayList");
        if (!fixed) {
            return Optional.empty();
        }
        return switch (value) {
            case Map<?, ?> _ -> Optional.of(FIXED_MAP);
            case Set<?> _ -> Optional.of(FIXED_SET);
            case Collection<?> _ -> Optional.of(FIXED_LIST);
            default -> Optional.empty();
        };
    }

    static ContainerKind numbered(int number) {
        if (number >= ALL.size()) {
            throw new CheckpointException("a container is of an unknown kind");
        }
        return ALL.get(number);
    }

    /** A new, empty one, of other styles than {@link Style#FIXED}. */
    Object make(@Nullable Comparator<Object> order) {
        if (maker == null) {
            throw new IllegalStateException(this + " is made with its elements");
        }
        return maker.apply(order);
    }

    /** Null for natural order, or none. */
    static @Nullable Object orderOf(Object container) {
        return switch (container) {
            case PriorityQueue<?> queue -> queue.comparator();
            case TreeSet<?> set -> set.comparator();
            case TreeMap<?, ?> map -> map.comparator();
            case ConcurrentSkipListMap<?, ?> map -> map.comparator();
            case ConcurrentSkipListSet<?> set -> set.comparator();
            default -> null;
        };
    }

    /** What is in it: elements, or keys and values in turn. */
    static List<@Nullable Object> elementsOf(Object container) {
        List<@Nullable Object> elements = new ArrayList<>();
        switch (container) {
            case Map<?, ?> map ->
                    map.forEach((key, value) -> {
                        elements.add(key);
                        elements.add(value);
                    });
            case Collection<?> collection -> elements.addAll(collection);
            case Optional<?> optional -> optional.ifPresent(elements::add);
            case AtomicReference<?> reference -> elements.add(reference.get());
            case AtomicReferenceArray<?> array -> {
                for (int i = 0; i < array.length(); i++) {
                    elements.add(array.get(i));
                }
            }
            default -> throw new IllegalStateException(container.getClass() + " is no container");
        }
        return elements;
    }
}

package dev.moat.swap.checkpoint;

import dev.moat.swap.checkpoint.TypeDefinition.FieldDefinition;
import java.lang.foreign.MemorySegment;
import java.lang.reflect.Array;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/** One object of a checkpoint on its way to become one of this kernel. */
sealed interface Entry {
    /** The object, possibly without its content yet. */
    Object make(ObjectGraph graph);

    /** Gives the object its content. */
    default void fill(ObjectGraph graph, Object object) {}

    /** Puts in order what depends on hash codes; all objects have their content. */
    default void arrange(ObjectGraph graph, Object object) {}

    /** What was complete when it was read. */
    record Ready(Object value) implements Entry {
        @Override
        public Object make(ObjectGraph graph) {
            return value;
        }
    }

    /**
     * @param values of the fields: bits of primitive ones, numbers of references
     */
    @SuppressWarnings("ArrayRecordComponent") // read once
    record Instance(TypePlan plan, long[] values) implements Entry {
        @Override
        public Object make(ObjectGraph graph) {
            return plan.isRecord() ? plan.makeRecord(resolve(graph)) : plan.make();
        }

        @Override
        public void fill(ObjectGraph graph, Object object) {
            if (!plan.isRecord()) {
                plan.fill(object, resolve(graph));
            }
        }

        private @Nullable Object[] resolve(ObjectGraph graph) {
            List<FieldDefinition> fields = plan.definition().fields();
            @Nullable Object[] resolved = new @Nullable Object[values.length];
            for (int i = 0; i < values.length; i++) {
                resolved[i] =
                        fields.get(i).isReference()
                                ? graph.get((int) values[i])
                                : Primitives.fromBits(fields.get(i).code(), values[i]);
            }
            return resolved;
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // read once
    record References(Class<?> component, int[] elements) implements Entry {
        @Override
        public Object make(ObjectGraph graph) {
            return Array.newInstance(component, elements.length);
        }

        @Override
        public void fill(ObjectGraph graph, Object object) {
            for (int i = 0; i < elements.length; i++) {
                try {
                    Array.set(object, i, graph.get(elements[i]));
                } catch (IllegalArgumentException e) {
                    throw new CheckpointException(
                            "an array of " + component.getName() + " holds something else", e);
                }
            }
        }
    }

    @SuppressWarnings("ArrayRecordComponent") // read once
    record Container(ContainerKind kind, int order, int[] elements) implements Entry {
        @Override
        public Object make(ObjectGraph graph) {
            return kind.style() == ContainerKind.Style.FIXED
                    ? Filling.fixed(kind, resolve(graph))
                    : kind.make(Filling.comparator(graph.get(order)));
        }

        @Override
        public void fill(ObjectGraph graph, Object object) {
            if (kind.style() == ContainerKind.Style.LIST
                    || kind.style() == ContainerKind.Style.REFERENCE) {
                Filling.fill(kind, object, resolve(graph));
            }
        }

        @Override
        public void arrange(ObjectGraph graph, Object object) {
            if (kind.style() == ContainerKind.Style.SET
                    || kind.style() == ContainerKind.Style.MAP) {
                Filling.fill(kind, object, resolve(graph));
            }
        }

        private @Nullable Object[] resolve(ObjectGraph graph) {
            @Nullable Object[] resolved = new @Nullable Object[elements.length];
            for (int i = 0; i < elements.length; i++) {
                resolved[i] = graph.get(elements[i]);
            }
            return resolved;
        }
    }

    /** A part of an array of bytes. */
    record Segment(int array, long offset, long length) implements Entry {
        @Override
        public Object make(ObjectGraph graph) {
            try {
                return switch (graph.get(array)) {
                    case byte[] bytes -> MemorySegment.ofArray(bytes).asSlice(offset, length);
                    case long[] longs -> MemorySegment.ofArray(longs).asSlice(offset, length);
                    case null, default -> throw new CheckpointException("a segment has no array");
                };
            } catch (IndexOutOfBoundsException e) {
                throw new CheckpointException("a segment is larger than its array", e);
            }
        }
    }

    record ConditionOf(int lock) implements Entry {
        @Override
        public Object make(ObjectGraph graph) {
            if (graph.get(lock) instanceof ReentrantLock owner) {
                return owner.newCondition();
            }
            throw new CheckpointException("a condition has no lock");
        }
    }

    record Future(FutureState state, int result, String failure) implements Entry {
        @Override
        public Object make(ObjectGraph graph) {
            return new CompletableFuture<Object>();
        }

        @Override
        @SuppressWarnings("unchecked") // made above
        public void fill(ObjectGraph graph, Object object) {
            CompletableFuture<@Nullable Object> future =
                    (CompletableFuture<@Nullable Object>) object;
            switch (state) {
                case PENDING -> {}
                case DONE -> future.complete(graph.get(result));
                case FAILED -> future.completeExceptionally(new IllegalStateException(failure));
            }
        }
    }
}

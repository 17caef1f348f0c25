package dev.moat.swap.checkpoint;

import dev.moat.api.swap.Stateful;
import java.util.Optional;

/** The classes and services of the kernel that a checkpoint is written by, or read in. */
interface KernelTypes {
    /** Instead of a bundle's name: classes that all bundles share. */
    String SHARED = "";

    /** Copied into bundles, so of all of them: data structures, which are state by nature. */
    String LIBRARY = "dev.moat.lib.";

    /**
     * Whether objects of a class of {@code bundle} are state. Contracts are data, or say how they
     * come back.
     */
    static boolean isState(Class<?> type, String bundle) {
        return type.isRecord()
                || type.isAnnotationPresent(Stateful.class)
                || bundle.equals(SHARED)
                || type.getName().startsWith(LIBRARY);
    }

    /** The symbolic name of the bundle that a kernel class is of; {@link #SHARED} for contracts. */
    Optional<String> bundleOf(Class<?> type);

    /**
     * A class of a bundle, without running any code of it.
     *
     * @throws CheckpointException there is no such bundle, or it has no such class
     */
    Class<?> load(String bundle, String name);

    /** How an object that is no state is found in another kernel host; empty: it is state. */
    Optional<ServiceName> serviceNameOf(Object object);

    /**
     * The service or part of that name.
     *
     * @throws CheckpointException there is none
     */
    Object service(ServiceName name);

    /**
     * A component, or one of its shared parts.
     *
     * @param part empty for the component itself
     */
    record ServiceName(String bundle, String component, String part) {
        @Override
        public String toString() {
            return part.isEmpty() ? component : component + "'s part '" + part + "'";
        }
    }
}

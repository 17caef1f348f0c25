package dev.moat.swap.checkpoint;

import java.util.Optional;

/** The classes and services of the kernel that a checkpoint is written by, or read in. */
interface KernelTypes {
    /** Instead of a bundle's name: classes that all bundles share. */
    String SHARED = "";

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

package dev.moat.swap.checkpoint;

import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Derived;
import dev.moat.api.swap.HostBound;
import dev.moat.api.swap.Revisions;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.reflect.Field;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;

/**
 * Tells what a swap can carry and a checkpoint cannot, all of it: objects of classes that are no
 * state, threads, lambdas, host memory, host descriptors without {@link HostBound}, classes of
 * bundles that the manifest would not name. Writes nothing; to be used at the safe point.
 */
public final class CheckpointAudit {
    private static final String KERNEL = "dev.moat.";

    /** Holds guests' descriptors, which are numbers in a table, and none of the host. */
    private static final String GUEST_DESCRIPTORS = "dev.moat.vfs.";

    private final KernelTypes types;

    /** Bundles that the manifest names. */
    private final Set<String> named;

    private final Set<String> findings = new TreeSet<>();

    private CheckpointAudit(KernelTypes types, Set<String> named) {
        this.types = types;
        this.named = named;
    }

    /** All problems of one sandbox, one line each. */
    public static List<String> of(Sandbox sandbox, Revisions revisions) {
        CheckpointAudit audit =
                new CheckpointAudit(
                        InstalledTypes.of(revisions, revisions.installed()),
                        sandbox.leases().uses().values().stream()
                                .map(use -> use.revision().symbolicName())
                                .collect(Collectors.toSet()));
        return audit.collect(sandbox);
    }

    /**
     * All problems of what {@code root} leads to.
     *
     * @param named bundles of which there may be objects
     */
    static List<String> of(Object root, KernelTypes types, Set<String> named) {
        return new CheckpointAudit(types, named).collect(root);
    }

    private List<String> collect(Object root) {
        ObjectWriter writer =
                new ObjectWriter(types, OutputStream.nullOutputStream(), this::lookAt);
        try {
            findings.addAll(writer.refusals(root));
        } catch (IOException e) {
            throw new IllegalStateException("nothing is written", e);
        }
        return new ArrayList<>(findings);
    }

    private void lookAt(Object value) {
        Class<?> type = value.getClass();
        String bundle = types.bundleOf(type).orElse(KernelTypes.SHARED);
        if (!bundle.equals(KernelTypes.SHARED) && !named.contains(bundle)) {
            findings.add(
                    "%s is of bundle %s, which the manifest does not name"
                            .formatted(type.getName(), bundle));
        }
        for (Class<?> declaring = type;
                declaring != null && declaring.getName().startsWith(KERNEL);
                declaring = declaring.getSuperclass()) {
            for (Field field : declaring.getDeclaredFields()) {
                if (isDescriptor(field) && read(field, value) >= 0) {
                    findings.add(
                            "%s.%s is a host descriptor and not @HostBound"
                                    .formatted(declaring.getName(), field.getName()));
                }
            }
        }
    }

    /** By its name, as there is no type for them. */
    private static boolean isDescriptor(Field field) {
        return field.getType() == int.class
                && (field.getName().equals("fd") || field.getName().endsWith("Fd"))
                && !field.getDeclaringClass().getName().startsWith(GUEST_DESCRIPTORS)
                && !Modifier.isStatic(field.getModifiers())
                && !field.isAnnotationPresent(HostBound.class)
                && !field.isAnnotationPresent(Derived.class);
    }

    private static int read(Field field, Object owner) {
        try {
            field.setAccessible(true);
            return field.getInt(owner);
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(field + " was made accessible", e);
        }
    }
}

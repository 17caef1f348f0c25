package dev.moat.api.namespace;

import org.osgi.annotation.versioning.ConsumerType;

/** A part of a {@link Namespace} that holds something. */
@ConsumerType
public interface NamespacePart {
    /** Nobody is in the namespace any more: gives back what it holds. */
    void namespaceEnded();
}

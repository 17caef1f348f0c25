package dev.moat.assembler;

import aQute.bnd.osgi.resource.ResourceUtils;
import dev.moat.api.subsystem.Subsystem;
import java.nio.file.Path;
import java.util.List;
import org.osgi.resource.Capability;
import org.osgi.resource.Resource;

/**
 * A bundle that a kernel can be made of.
 *
 * @param directory where it belongs in a distribution; its name has the start level
 */
record Part(Path jar, String directory, long sizeBytes, Resource resource) {
    String name() {
        return ResourceUtils.getIdentity(resource);
    }

    String version() {
        return ResourceUtils.getVersion(resource).toStringWithoutQualifier();
    }

    /** What it is to the kernel, such as {@code fs devpts}; nothing for a library. */
    List<String> subsystems() {
        return resource.getCapabilities(Subsystem.NAMESPACE).stream()
                .map(Words::subsystem)
                .sorted()
                .toList();
    }

    List<Capability> capabilities(String namespace) {
        return resource.getCapabilities(namespace);
    }
}

package dev.moat.launcher;

import dev.moat.api.subsystem.Subsystem;
import dev.moat.api.swap.SwapException;
import java.io.ByteArrayInputStream;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.jar.JarInputStream;
import java.util.jar.Manifest;
import org.osgi.framework.Bundle;
import org.osgi.framework.Constants;
import org.osgi.framework.wiring.BundleCapability;
import org.osgi.framework.wiring.BundleRevision;

/**
 * The content of a bundle, read once: what is checked is what is installed, whatever happens to the
 * file meanwhile.
 */
record BundleFile(byte[] content) {
    /** Subsystems of which a kernel has several beside each other. */
    private static final Set<String> SEVERAL = Set.of("fs", "platform");

    /**
     * Reads and checks a jar file.
     *
     * @throws SwapException it cannot be read, or it is no bundle
     */
    static BundleFile read(URI location) {
        byte[] content = readAll(location);
        try (var jar = new JarInputStream(new ByteArrayInputStream(content))) {
            Manifest manifest = jar.getManifest();
            boolean named =
                    manifest != null
                            && manifest.getMainAttributes().getValue(Constants.BUNDLE_SYMBOLICNAME)
                                    != null;
            if (!named) {
                throw new SwapException(
                        location
                                + (manifest == null && jar.getNextJarEntry() == null
                                        ? " is no bundle: not a jar file"
                                        : " is no bundle: its manifest has no "
                                                + Constants.BUNDLE_SYMBOLICNAME));
            }
        } catch (IOException e) {
            throw new SwapException(location + " is no bundle: " + e.getMessage(), e);
        }
        return new BundleFile(content);
    }

    InputStream open() {
        return new ByteArrayInputStream(content);
    }

    /** What a bundle serves, as its manifest says; empty if it is no part of the kernel. */
    static List<String> subsystems(Bundle bundle) {
        BundleRevision revision = bundle.adapt(BundleRevision.class);
        List<String> names = new ArrayList<>();
        if (revision == null) {
            return names;
        }
        for (BundleCapability capability : revision.getDeclaredCapabilities(Subsystem.NAMESPACE)) {
            Map<String, Object> attributes = capability.getAttributes();
            String name = String.valueOf(attributes.get(Subsystem.NAME));
            names.add(SEVERAL.contains(name) ? name + ":" + attributes.get(Subsystem.IMPL) : name);
        }
        return names;
    }

    private static byte[] readAll(URI location) {
        try {
            if ("file".equals(location.getScheme()) && location.getPath() != null) {
                Path path = Path.of(location.getPath());
                if (Files.isDirectory(path)) {
                    throw new SwapException(path + " is a directory; a bundle is a jar file");
                }
                return Files.readAllBytes(path);
            }
            try (InputStream in = location.toURL().openStream()) {
                return in.readAllBytes();
            }
        } catch (NoSuchFileException | FileNotFoundException e) {
            throw new SwapException("no such file: " + location, e);
        } catch (AccessDeniedException e) {
            throw new SwapException(location + " cannot be read: permission denied", e);
        } catch (IOException | IllegalArgumentException e) {
            throw new SwapException(location + " cannot be read: " + e.getMessage(), e);
        }
    }
}

package dev.moat.sandbox;

import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.util.jar.Attributes;
import java.util.jar.Manifest;

/**
 * The bundle that a service comes from. Read from the manifest which its class loader finds first:
 * the bundle's own. So this code needs nothing of the framework, and runs without one.
 *
 * @param symbolicName Bundle-SymbolicName without directives
 * @param version Bundle-Version
 */
record BundleIdentity(String symbolicName, String version) {
    private static final String UNVERSIONED = "0.0.0";

    /** Identifies the bundle of {@code service}; what is not in a bundle goes by its package. */
    static BundleIdentity of(Object service) {
        Class<?> type = service.getClass();
        Attributes headers = headers(type);
        String name = headers.getValue("Bundle-SymbolicName");
        String version = headers.getValue("Bundle-Version");
        return new BundleIdentity(
                name == null ? type.getPackageName() : name.split(";", 2)[0].strip(),
                version == null ? UNVERSIONED : version.strip());
    }

    private static Attributes headers(Class<?> type) {
        URL manifest = type.getResource("/META-INF/MANIFEST.MF");
        if (manifest == null) {
            return new Attributes();
        }
        try (InputStream in = manifest.openStream()) {
            return new Manifest(in).getMainAttributes();
        } catch (IOException e) {
            // The bundle was uninstalled under a sandbox that still uses it.
            return new Attributes();
        }
    }
}

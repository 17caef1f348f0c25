package dev.moat.sandbox;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/** Host paths as the kernel's byte strings. */
final class HostPaths {
    private HostPaths() {}

    /** The path's bytes, one char each (the JVM runs with UTF-8 file names). */
    static String bytesOf(Path path) {
        return new String(
                path.toAbsolutePath().normalize().toString().getBytes(StandardCharsets.UTF_8),
                StandardCharsets.ISO_8859_1);
    }
}

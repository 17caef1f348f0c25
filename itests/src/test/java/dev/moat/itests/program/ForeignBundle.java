package dev.moat.itests.program;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;

/** Bundles of somebody else, made of a few headers. */
final class ForeignBundle {
    private ForeignBundle() {}

    static void write(Path jar, String... headers) throws IOException {
        var manifest = new Manifest();
        var attributes = manifest.getMainAttributes();
        attributes.putValue("Manifest-Version", "1.0");
        for (String header : headers) {
            int colon = header.indexOf(':');
            attributes.putValue(header.substring(0, colon), header.substring(colon + 1).strip());
        }
        try (var out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
            out.finish();
        }
    }
}

package dev.moat.launcher;

import dev.moat.cli.KernelUse;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import java.util.zip.CRC32;

/**
 * A directory with an assembled kernel: {@code lib/} is the class path of the program, {@code
 * bundles/NN-name/} holds the bundles of start level NN, {@code conf/} the configuration.
 *
 * <p>Leaving a bundle out means to remove its file; replacing one means to put another file in its
 * place.
 */
record Distribution(Path home) {
    /**
     * A file of the distribution; bundles have the level at which they start, files of the class
     * path have 0.
     */
    record Entry(Path jar, int startLevel, long sizeBytes, long modifiedMs) {}

    /** The first level that only the interactive shell needs. */
    private static final int SHELL_LEVEL = 30;

    /**
     * Files of the class path whose packages bundles may import: contracts, not implementations.
     */
    private static final List<String> OFFERED =
            List.of("dev.moat.", "org.osgi.", "picocli", "slf4j-api");

    /**
     * Lists the bundles that a way of use needs, by level and then by name.
     *
     * @throws UncheckedIOException when the distribution cannot be read
     */
    List<Entry> bundles(KernelUse use) {
        var entries = new ArrayList<Entry>();
        for (Path directory : sorted(home.resolve("bundles"))) {
            int level = level(directory);
            if (level > 0 && (level < SHELL_LEVEL || use != KernelUse.COMMAND)) {
                addJars(directory, level, entries);
            }
        }
        return entries;
    }

    /**
     * Tells one set of files from another one: a changed, added, removed or moved file changes it.
     */
    String fingerprint(KernelUse use) {
        List<Entry> entries = bundles(use);
        addJars(home.resolve("lib"), 0, entries);
        var crc = new CRC32();
        for (Entry entry : entries) {
            crc.update((entry + "\n").getBytes(StandardCharsets.UTF_8));
        }
        return String.format("%08x", crc.getValue());
    }

    /**
     * Collects what the bundles on the class path export, so that the framework offers it to all
     * other bundles.
     */
    String classPathPackages() throws IOException {
        var packages = new StringJoiner(",");
        for (Path jar : sorted(home.resolve("lib"))) {
            String name = jar.getFileName().toString();
            if (OFFERED.stream().noneMatch(name::startsWith)) {
                continue;
            }
            try (var file = new JarFile(jar.toFile())) {
                String exported = file.getManifest().getMainAttributes().getValue("Export-Package");
                if (exported != null) {
                    packages.add(exported);
                }
            }
        }
        return packages.toString();
    }

    private static void addJars(Path directory, int level, List<Entry> entries) {
        for (Path jar : sorted(directory)) {
            if (!jar.toString().endsWith(".jar")) {
                continue;
            }
            try {
                entries.add(
                        new Entry(
                                jar,
                                level,
                                Files.size(jar),
                                Files.getLastModifiedTime(jar).toMillis()));
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }

    private static int level(Path directory) {
        String name = directory.getFileName().toString();
        int dash = name.indexOf('-');
        try {
            return dash > 0 ? Integer.parseInt(name.substring(0, dash)) : -1;
        } catch (NumberFormatException e) {
            return -1;
        }
    }

    private static List<Path> sorted(Path directory) {
        try (Stream<Path> files = Files.list(directory)) {
            return files.sorted().toList();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

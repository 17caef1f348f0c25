package dev.moat.launcher;

import dev.moat.cli.KernelUse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.Locale;
import java.util.stream.Stream;

/**
 * Where Felix remembers installed bundles, so that only the first start of a distribution installs
 * them.
 *
 * <p>Many kernels start from one cache at the same time, so it is complete before it gets its name
 * and never written afterwards: a new one is filled under a temporary name and then renamed.
 * Whoever loses that race uses the winner's.
 */
record BundleCache(Path root, KernelUse use, String fingerprint) {
    /** Fills an empty directory. */
    interface Filler {
        void fill(Path directory) throws IOException;
    }

    /** Gives the directory of this cache, filled by {@code filler} if there was none. */
    Path directory(Filler filler) throws IOException {
        Path published = root.resolve(prefix() + fingerprint);
        if (Files.isDirectory(published)) {
            return published;
        }
        Files.createDirectories(root);
        Path complete = Files.createTempDirectory(root, "new-");
        try {
            filler.fill(complete);
            Files.move(complete, published);
        } catch (IOException e) {
            delete(complete);
            if (!Files.isDirectory(published)) {
                throw e;
            }
        }
        removeOthers(published);
        return published;
    }

    private String prefix() {
        return use.name().toLowerCase(Locale.ROOT) + "-";
    }

    private void removeOthers(Path keep) throws IOException {
        try (Stream<Path> caches = Files.list(root)) {
            for (Path cache : caches.toList()) {
                if (cache.getFileName().toString().startsWith(prefix()) && !cache.equals(keep)) {
                    delete(cache);
                }
            }
        }
    }

    /** Removes a directory and what is in it. */
    static void delete(Path tree) throws IOException {
        try (Stream<Path> paths = Files.walk(tree)) {
            for (Path path : paths.sorted(Comparator.reverseOrder()).toList()) {
                Files.deleteIfExists(path);
            }
        }
    }
}

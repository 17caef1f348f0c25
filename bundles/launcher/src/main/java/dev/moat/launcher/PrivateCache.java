package dev.moat.launcher;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;

/**
 * A copy of a {@link BundleCache} for one kernel host in which bundles may be installed, updated
 * and stopped: the shared one is only read. The bundles themselves are not copied, the cache refers
 * to them, so that a copy is a hundred small files. It is removed when the program ends; what a
 * killed program left is removed by the next one.
 */
final class PrivateCache {
    private static final String PREFIX = "host-";

    /** Locked as long as its kernel host lives: the kernel unlocks it, whatever ends that. */
    private static final String LOCK = "lock";

    /** A directory without a lock is being made; nobody needs that long for it. */
    private static final Duration MAKING = Duration.ofMinutes(1);

    private PrivateCache() {}

    /**
     * Copies a cache.
     *
     * @param root where the copy is made
     */
    static Path copy(Path shared, Path root) throws IOException {
        removeAbandoned(root);
        Path copy = Files.createTempDirectory(root, PREFIX);
        FileChannel channel =
                FileChannel.open(
                        copy.resolve(LOCK), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock held = channel.lock();
        Runtime.getRuntime().addShutdownHook(new Thread(() -> remove(copy, held)));
        try (Stream<Path> files = Files.walk(shared)) {
            for (Path file : files.skip(1).toList()) {
                Files.copy(file, copy.resolve(shared.relativize(file)));
            }
        }
        return copy;
    }

    /** The end of the program: what cannot be removed is left to the next one. */
    private static void remove(Path copy, FileLock held) {
        try {
            BundleCache.delete(copy);
            held.release();
        } catch (IOException | UncheckedIOException e) {
            return;
        }
    }

    private static void removeAbandoned(Path root) throws IOException {
        List<Path> copies;
        try (Stream<Path> files = Files.list(root)) {
            copies =
                    files.filter(file -> file.getFileName().toString().startsWith(PREFIX)).toList();
        }
        for (Path copy : copies) {
            try {
                if (isAbandoned(copy)) {
                    BundleCache.delete(copy);
                }
            } catch (NoSuchFileException | UncheckedIOException e) {
                // another start removes it at the same time
                continue;
            }
        }
    }

    private static boolean isAbandoned(Path copy) throws IOException {
        Path lock = copy.resolve(LOCK);
        if (!Files.exists(lock)) {
            return Files.exists(copy)
                    && Files.getLastModifiedTime(copy)
                            .toInstant()
                            .isBefore(Instant.now().minus(MAKING));
        }
        try (FileChannel channel = FileChannel.open(lock, StandardOpenOption.WRITE)) {
            return channel.tryLock() != null;
        } catch (OverlappingFileLockException e) {
            // by this very program
            return false;
        }
    }
}

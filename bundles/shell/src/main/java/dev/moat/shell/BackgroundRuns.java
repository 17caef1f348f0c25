package dev.moat.shell;

import dev.moat.api.sandbox.Sandbox;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The sandboxes that this shell started in the background, ended ones included until their number
 * grows too large.
 */
final class BackgroundRuns {
    /** Ended runs that are kept for {@code wait} and {@code logs}. */
    private static final int KEPT = 64;

    private final ReentrantLock lock = new ReentrantLock();

    /** By name, oldest first; guarded by the lock. */
    private final Map<String, Run> runs = new LinkedHashMap<>();

    /** A sandbox and the file with the output of its first process. */
    record Run(Sandbox sandbox, Path output) {
        boolean ended() {
            return sandbox.exited().isDone();
        }
    }

    /** Makes an empty file for the output of a program. */
    Path newOutputFile() {
        try {
            return Files.createTempFile("moat-", ".log");
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Remembers a run; one that ended under the same name is forgotten. */
    void add(Run run) {
        lock.lock();
        try {
            Optional.ofNullable(runs.put(run.sandbox().name(), run))
                    .ifPresent(BackgroundRuns::removeOutput);
            List<Run> ended = runs.values().stream().filter(Run::ended).toList();
            for (Run old : ended.subList(0, Math.max(0, ended.size() - KEPT))) {
                runs.remove(old.sandbox().name());
                removeOutput(old);
            }
        } finally {
            lock.unlock();
        }
    }

    Optional<Run> named(String name) {
        lock.lock();
        try {
            return Optional.ofNullable(runs.get(name));
        } finally {
            lock.unlock();
        }
    }

    /** Lists the runs that ended, oldest first. */
    List<Run> ended() {
        lock.lock();
        try {
            return runs.values().stream().filter(Run::ended).toList();
        } finally {
            lock.unlock();
        }
    }

    /** Forgets everything and removes the files. */
    void clear() {
        List<Run> all;
        lock.lock();
        try {
            all = new ArrayList<>(runs.values());
            runs.clear();
        } finally {
            lock.unlock();
        }
        all.forEach(BackgroundRuns::removeOutput);
    }

    private static void removeOutput(Run run) {
        try {
            Files.deleteIfExists(run.output());
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

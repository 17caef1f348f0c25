package dev.moat.api.swap;

import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.Stdio;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/** OSGi service: writes sandboxes to files and brings them back. Thread safe. */
@ProviderType
public interface CheckpointService {
    /** How long tasks may take to get to the safe point, by default. */
    Duration SAFE_POINT_LIMIT = Duration.ofSeconds(2);

    /**
     * Writes a sandbox to a file, which appears complete or not at all.
     *
     * @throws SwapException it was refused or called off: the sandbox goes on as before, and there
     *     is no file
     */
    Report checkpoint(Sandbox sandbox, Path file, Request request, Progress progress);

    /**
     * Starts a sandbox as it was when {@code file} was written.
     *
     * @throws SwapException the file is none, or damaged, or needs what this kernel host lacks
     */
    Sandbox restore(Path file, Restore request, Progress progress);

    /**
     * Reads what a file says of itself.
     *
     * @throws SwapException it cannot be read, or is no checkpoint that this kernel host knows
     */
    Manifest describe(Path file);

    /**
     * How to write.
     *
     * @param afterwards what becomes of the sandbox
     * @param safePointLimit how long tasks may take to get to the safe point
     */
    record Request(Afterwards afterwards, Duration safePointLimit) {}

    /** What becomes of a sandbox that was written. */
    enum Afterwards {
        /** It ends. */
        END,
        /** It goes on running. */
        RUN
    }

    /**
     * How to bring a sandbox back.
     *
     * @param name other than the one it had
     * @param platform other than the best one
     * @param stdio what stands for its standard streams
     */
    record Restore(Optional<String> name, Optional<String> platform, Stdio stdio) {}

    /**
     * What was written.
     *
     * @param objects of the kernel
     * @param memoryBytes pages of the guest
     * @param fileBytes on disk
     * @param elapsedNs for all of it
     */
    record Report(long objects, long memoryBytes, long fileBytes, long elapsedNs) {}

    /**
     * What a file says of itself.
     *
     * @param name of the sandbox
     * @param kernelRelease of the kernel that wrote it
     * @param createdAtNs realtime nanoseconds
     * @param platform that it ran on
     * @param terminal whether its standard streams were a terminal
     * @param bundles whose objects are in it
     * @param cpu what the CPU has to have
     * @param command of the first process
     */
    record Manifest(
            String name,
            String kernelRelease,
            long createdAtNs,
            String platform,
            boolean terminal,
            List<BundleVersion> bundles,
            Cpu cpu,
            List<String> command) {}

    /**
     * A kernel bundle.
     *
     * @param subsystems what it serves
     */
    record BundleVersion(String symbolicName, String version, List<String> subsystems) {}

    /**
     * What guest code may have found out about its CPU and relies on.
     *
     * @param architecture as {@code uname -m}
     * @param features flags as in {@code /proc/cpuinfo}
     * @param xsaveBytes size of the floating-point state of a thread
     */
    record Cpu(String architecture, List<String> features, int xsaveBytes) {}

    /** Is told how far the work has come. Called on the caller's thread. */
    @FunctionalInterface
    interface Progress {
        /** Shows nothing. */
        Progress NONE = (phase, done, total) -> {};

        /**
         * Some bytes more are done.
         *
         * @param phase what is being done, in a word or two
         */
        void at(String phase, long doneBytes, long totalBytes);
    }
}

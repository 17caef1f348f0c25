package dev.moat.api.sandbox;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * What an operator asks for.
 *
 * @param name unique in the kernel host; empty: one is made up
 * @param rootfs host directory that is the root; empty: the host's root. Shown read-only under an
 *     in-memory overlay
 * @param platform wanted platform; empty: the best available
 * @param memoryLimitBytes Long.MAX_VALUE for none
 * @param cpuLimit CPUs' worth of time, 0 for no limit
 * @param taskLimit tasks at a time, 0 for no limit but the kernel's own
 * @param hostname UTS node name
 * @param process the first process
 * @param stdio where its descriptors 0, 1, 2 go
 * @param strace where decoded system calls go; empty: off
 */
public record SandboxSpec(
        Optional<String> name,
        Optional<Path> rootfs,
        Optional<String> platform,
        long memoryLimitBytes,
        double cpuLimit,
        long taskLimit,
        String hostname,
        List<Volume> volumes,
        ProcessSpec process,
        Stdio stdio,
        Optional<StraceTarget> strace) {

    /** One without limits of CPU time and tasks. */
    public SandboxSpec(
            Optional<String> name,
            Optional<Path> rootfs,
            Optional<String> platform,
            long memoryLimitBytes,
            String hostname,
            List<Volume> volumes,
            ProcessSpec process,
            Stdio stdio,
            Optional<StraceTarget> strace) {
        this(
                name,
                rootfs,
                platform,
                memoryLimitBytes,
                0,
                0,
                hostname,
                volumes,
                process,
                stdio,
                strace);
    }

    /** Where strace lines go. */
    public record StraceTarget(Optional<Path> file) {}
}

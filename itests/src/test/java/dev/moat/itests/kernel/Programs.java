package dev.moat.itests.kernel;

import dev.moat.api.platform.Platform;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.sandbox.ProcessSpec;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.SandboxManager;
import dev.moat.api.sandbox.SandboxSpec;
import dev.moat.api.sandbox.Stdio;
import dev.moat.api.sandbox.Volume;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.Consumer;
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;

/** Runs programs in sandboxes of a kernel host and collects what they print. */
final class Programs {
    private static final List<String> ENVIRONMENT = List.of("PATH=/usr/bin:/bin", "HOME=/root");

    private final SandboxManager manager;
    private final Optional<String> platform;

    /** On the platform that the kernel chooses. */
    Programs(SandboxManager manager) {
        this.manager = manager;
        platform = Optional.empty();
    }

    /** On a named platform. */
    Programs(SandboxManager manager, String platform) {
        this.manager = manager;
        this.platform = Optional.of(platform);
    }

    /**
     * How a program ended, with its output and error output in one.
     *
     * @param frozen how often its tasks stood still
     * @param trouble what went wrong with that; empty for nothing
     */
    record Outcome(ExitStatus status, String output, int frozen, String trouble) {
        Outcome(ExitStatus status, String output) {
            this(status, output, 0, "");
        }
    }

    /** A specification with the host's root and the given standard streams. */
    static SandboxSpec spec(Stdio stdio, long memoryLimitBytes, String... arguments) {
        return spec(Optional.empty(), stdio, memoryLimitBytes, arguments);
    }

    /** A specification for a named platform. */
    static SandboxSpec specOn(String platform, Stdio stdio, String... arguments) {
        return spec(Optional.of(platform), stdio, Long.MAX_VALUE, arguments);
    }

    private static SandboxSpec spec(
            Optional<String> platform, Stdio stdio, long memoryLimitBytes, String... arguments) {
        return new SandboxSpec(
                Optional.empty(),
                Optional.empty(),
                platform,
                memoryLimitBytes,
                "moat",
                hostDirectories(arguments[0]),
                new ProcessSpec(List.of(arguments), ENVIRONMENT, "/", ProcessSpec.User.ROOT),
                stdio,
                Optional.empty());
    }

    /** Names of the platforms that work on this machine. */
    static List<String> platforms(BundleContext context) throws InvalidSyntaxException {
        return context.getServiceReferences(Platform.class, null).stream()
                .map(context::getService)
                .filter(platform -> platform.availability().available())
                .map(Platform::name)
                .sorted()
                .toList();
    }

    /** A program under the host's /tmp, which a sandbox has its own of, is shown where it is. */
    private static List<Volume> hostDirectories(String program) {
        Path directory = Path.of(program).getParent();
        boolean hidden = directory != null && directory.startsWith("/tmp");
        return hidden ? List.of(new Volume(directory, directory.toString(), true)) : List.of();
    }

    Outcome run(String... arguments) throws Exception {
        return run(Long.MAX_VALUE, 400, arguments);
    }

    /**
     * Runs a program under a limit of memory and of time; a sandbox that takes longer is killed.
     */
    Outcome run(long memoryLimitBytes, long timeoutSeconds, String... arguments) throws Exception {
        Path output = Files.createTempFile("moat-it", ".log");
        SandboxSpec spec = spec(platform, new Stdio.LogFile(output), memoryLimitBytes, arguments);
        return run(spec, output, timeoutSeconds);
    }

    /**
     * Runs what {@code spec} says; its output goes to {@code output}, which is read and removed.
     */
    Outcome run(SandboxSpec spec, Path output, long timeoutSeconds) throws Exception {
        try {
            Sandbox sandbox = manager.start(spec);
            ExitStatus status;
            try {
                status = sandbox.exited().get(timeoutSeconds, TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                sandbox.kill();
                status = ExitStatus.killed(9);
            }
            return new Outcome(status, Files.readString(output, StandardCharsets.ISO_8859_1));
        } finally {
            Files.delete(output);
        }
    }

    /** Runs a program whose tasks are brought to the safe point all the time. */
    Outcome runFrozen(long timeoutSeconds, Consumer<Sandbox> work, String... arguments)
            throws Exception {
        Path output = Files.createTempFile("moat-it", ".log");
        try {
            Sandbox sandbox =
                    manager.start(spec(new Stdio.LogFile(output), Long.MAX_VALUE, arguments));
            ExitStatus status;
            Freezer freezer = new Freezer(sandbox, work);
            try (freezer) {
                status = sandbox.exited().get(timeoutSeconds, TimeUnit.SECONDS);
            } catch (TimeoutException e) {
                sandbox.kill();
                status = ExitStatus.killed(9);
            }
            return new Outcome(
                    status,
                    Files.readString(output, StandardCharsets.ISO_8859_1),
                    freezer.entered(),
                    freezer.failure());
        } finally {
            Files.delete(output);
        }
    }
}

package dev.moat.cli.shared;

import dev.moat.api.sandbox.ProcessSpec;
import dev.moat.api.sandbox.SandboxSpec;
import dev.moat.api.sandbox.Stdio;
import dev.moat.api.sandbox.Volume;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** The options that describe a sandbox and its first program. All values are guest strings. */
public final class RunOptions {
    /** What Docker gives to a container. */
    private static final String PATH =
            "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

    @Option(
            names = "--rootfs",
            paramLabel = "DIR",
            description =
                    "Host directory that becomes the root, read-only under an in-memory overlay (default: /).")
    private @Nullable String rootfs;

    @Option(
            names = {"-e", "--env"},
            paramLabel = "NAME=VALUE",
            description = "Environment variable; NAME alone copies the host's value.")
    private List<String> environment = new ArrayList<>();

    @Option(
            names = {"-w", "--cwd"},
            paramLabel = "DIR",
            description = "Working directory (default: /).")
    private String workingDirectory = "/";

    @Option(
            names = {"-u", "--user"},
            paramLabel = "UID[:GID]",
            description = "Numeric user and group (default: 0:0).")
    private String user = "0:0";

    @Option(names = "--hostname", paramLabel = "NAME", description = "Host name (default: moat).")
    private String hostname = "moat";

    @Option(
            names = {"-m", "--memory"},
            paramLabel = "SIZE",
            description = "Memory limit, such as 256m or 2g (default: none).")
    private @Nullable String memory;

    @Option(
            names = "--cpus",
            paramLabel = "NUMBER",
            description = "CPUs' worth of time, such as 1.5 (default: no limit).")
    private @Nullable String cpus;

    @Option(
            names = "--pids-limit",
            paramLabel = "NUMBER",
            description =
                    "Processes and threads at a time, -1 for no limit but the kernel's own, which is 4096; a greater number raises that (default: -1).")
    private @Nullable String taskLimit;

    @Option(
            names = {"-v", "--volume"},
            paramLabel = "HOST:GUEST[:ro]",
            description = "Shows a host directory or file in the sandbox.")
    private List<String> volumes = new ArrayList<>();

    @Option(
            names = "--strace",
            description = "Writes each system call, decoded, to standard error.")
    private boolean strace;

    @Option(
            names = "--strace-file",
            paramLabel = "FILE",
            description = "Writes each system call, decoded, to a host file.")
    private @Nullable String straceFile;

    @Option(
            names = "--platform",
            paramLabel = "NAME[,SETTING=VALUE...]",
            description = {
                "How guest code runs; 'moat platforms' lists the choices (default: the best one).",
                "Settings of trap: patch=on|off, spin=auto|off|always (see docs/performance.md)."
            })
    private @Nullable String platform;

    @Option(
            names = "--name",
            paramLabel = "NAME",
            description = "Name of the sandbox (default: made up).")
    private @Nullable String name;

    @Option(
            names = {"-i", "--interactive"},
            description = "Passes standard input on to the program; this is always the case.")
    private boolean interactive;

    @Option(
            names = {"-t", "--tty"},
            description = "Gives the program a terminal of its own, connected to yours.")
    private boolean terminal;

    @Parameters(
            arity = "1..*",
            paramLabel = "PROGRAM [ARGUMENT...]",
            description = "The program, looked up in the sandbox's PATH if it has no slash.")
    private List<String> command = new ArrayList<>();

    /** Says whether the program gets a terminal of its own. */
    public boolean terminal() {
        return terminal;
    }

    /**
     * Builds the specification.
     *
     * @param stdio where the program's standard streams go
     * @param hostEnvironment where variables given by name alone are looked up, and TERM for a
     *     terminal
     * @throws UsageException for a value that makes no sense
     */
    public SandboxSpec toSpec(Stdio stdio, Map<String, String> hostEnvironment) {
        if (!workingDirectory.startsWith("/")) {
            throw new UsageException("--cwd: not an absolute path: '" + workingDirectory + "'");
        }
        if (hostname.isEmpty() || hostname.length() > 64) {
            throw new UsageException("--hostname: must have 1 to 64 characters");
        }
        ProcessSpec.User owner = OptionValues.user(user);
        var process =
                new ProcessSpec(
                        List.copyOf(command),
                        collectEnvironment(owner, hostEnvironment),
                        workingDirectory,
                        owner);
        List<Volume> mounted = volumes.stream().map(OptionValues::volume).toList();
        return new SandboxSpec(
                Optional.ofNullable(name),
                Optional.ofNullable(rootfs).map(GuestStrings::hostPath),
                Optional.ofNullable(platform),
                memory == null ? Long.MAX_VALUE : OptionValues.size("--memory", memory),
                cpus == null ? 0 : OptionValues.cpus("--cpus", cpus),
                taskLimit == null ? 0 : OptionValues.taskLimit("--pids-limit", taskLimit),
                hostname,
                mounted,
                process,
                stdio,
                straceTarget());
    }

    private Optional<SandboxSpec.StraceTarget> straceTarget() {
        if (straceFile != null) {
            return Optional.of(
                    new SandboxSpec.StraceTarget(Optional.of(GuestStrings.hostPath(straceFile))));
        }
        return strace
                ? Optional.of(new SandboxSpec.StraceTarget(Optional.empty()))
                : Optional.empty();
    }

    private List<String> collectEnvironment(
            ProcessSpec.User owner, Map<String, String> hostEnvironment) {
        var variables = new LinkedHashMap<String, String>();
        put(variables, PATH);
        put(variables, "HOME=" + (owner.uid() == 0 ? "/root" : "/"));
        put(variables, "HOSTNAME=" + hostname);
        if (terminal) {
            put(
                    variables,
                    "TERM=" + GuestStrings.of(hostEnvironment.getOrDefault("TERM", "xterm")));
        }
        for (String variable : environment) {
            if (variable.isEmpty() || variable.startsWith("=")) {
                throw new UsageException("--env: not NAME=VALUE: '" + variable + "'");
            }
            if (variable.indexOf('=') > 0) {
                put(variables, variable);
            } else if (hostEnvironment.containsKey(variable)) {
                put(variables, variable + "=" + GuestStrings.of(hostEnvironment.get(variable)));
            }
        }
        return List.copyOf(variables.values());
    }

    private static void put(Map<String, String> variables, String variable) {
        variables.put(variable.substring(0, variable.indexOf('=')), variable);
    }
}

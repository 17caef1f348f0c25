package dev.moat.shell;

import dev.moat.abi.SigInfo;
import dev.moat.abi.SignalCodes;
import dev.moat.api.host.HostTerminal;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.SandboxManager;
import dev.moat.api.sandbox.Stdio;
import dev.moat.api.swap.CheckpointService;
import dev.moat.api.swap.Revisions;
import dev.moat.cli.shared.CheckpointProgress;
import dev.moat.cli.shared.ForegroundRun;
import dev.moat.cli.shared.GuestStrings;
import dev.moat.cli.shared.RunOptions;
import dev.moat.shell.BackgroundRuns.Run;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.apache.felix.service.command.Descriptor;
import org.apache.felix.service.command.Parameter;
import org.apache.felix.service.command.annotations.GogoCommand;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.osgi.service.component.annotations.ReferencePolicyOption;

/** Starts, watches and ends sandboxes. */
@Component(
        service = SandboxCommands.class,
        // else it would be made anew for each command, and forget what it started
        immediate = true)
@GogoCommand(
        scope = "moat",
        function = {
            "run",
            "start",
            "ps",
            "kill",
            "wait",
            "logs",
            "strace",
            "bundles",
            "checkpoint",
            "restore"
        })
public final class SandboxCommands {
    private final SandboxManager manager;
    private final HostTerminal terminal;
    private final Revisions revisions;
    private final Sandboxes sandboxes;
    private final BackgroundRuns background = new BackgroundRuns();

    /** Written by declarative services. */
    @Reference(
            cardinality = ReferenceCardinality.OPTIONAL,
            policy = ReferencePolicy.DYNAMIC,
            policyOption = ReferencePolicyOption.GREEDY)
    private volatile @Nullable CheckpointService checkpoints;

    @Activate
    public SandboxCommands(
            @Reference SandboxManager manager,
            @Reference HostTerminal terminal,
            @Reference Revisions revisions) {
        this.manager = manager;
        this.revisions = revisions;
        this.terminal = terminal;
        this.sandboxes = new Sandboxes(manager);
    }

    @Deactivate
    void stop() {
        background.clear();
    }

    @Descriptor("runs a program in a new sandbox and waits for it; options as of 'moat run'")
    public void run(@Descriptor("[OPTION...] [--] PROGRAM [ARGUMENT...]") String[] words)
            throws InterruptedException {
        RunOptions options = RunArguments.parse("run", words);
        int code = new ForegroundRun(manager, terminal).run(options, System.getenv());
        if (code != 0) {
            System.out.println("exit code " + code);
        }
    }

    @Descriptor("starts a program in a new sandbox in the background and prints the sandbox's name")
    public void start(@Descriptor("[OPTION...] [--] PROGRAM [ARGUMENT...]") String[] words) {
        RunOptions options = RunArguments.parse("start", words);
        if (options.terminal()) {
            throw new IllegalArgumentException(
                    "start: a program in the background has no terminal");
        }
        Path output = background.newOutputFile();
        Sandbox sandbox = manager.start(options.toSpec(new Stdio.LogFile(output), System.getenv()));
        background.add(new Run(sandbox, output));
        System.out.println(sandbox.name());
    }

    @Descriptor("lists the sandboxes that run, and those of this shell that have ended")
    public void ps() {
        SandboxTable.lines(manager.sandboxes(), background.ended()).forEach(System.out::println);
    }

    @Descriptor("ends a sandbox with all its processes")
    public void kill(@Descriptor("name of the sandbox") String name) {
        sandboxes.named(name).kill();
    }

    @Descriptor("sends a signal to a process of a sandbox")
    public void kill(
            @Descriptor("name or number, such as TERM or 15")
                    @Parameter(names = "-s", absentValue = "KILL")
                    String signal,
            @Descriptor("name of the sandbox") String name,
            @Descriptor("process id in the sandbox") int pid) {
        int number = SignalNames.parse(signal);
        Sandboxes.process(sandboxes.named(name), pid)
                .signal(SigInfo.kill(number, SignalCodes.SI_USER, 0, 0));
    }

    @Descriptor("waits until a sandbox has ended and gives its exit code")
    public int wait(@Descriptor("name of the sandbox") String name) throws InterruptedException {
        Optional<Run> run = background.named(name);
        Sandbox sandbox = run.map(Run::sandbox).orElseGet(() -> sandboxes.named(name));
        return ForegroundRun.await(sandbox).shellCode();
    }

    @Descriptor(
            "prints the output of a program in the background, or the kernel's log of any sandbox")
    public void logs(
            @Descriptor("prints the kernel's log instead")
                    @Parameter(names = "-k", presentValue = "true", absentValue = "false")
                    boolean kernel,
            @Descriptor("name of the sandbox") String name)
            throws IOException {
        Optional<Run> run = background.named(name);
        if (kernel) {
            Sandbox sandbox = run.map(Run::sandbox).orElseGet(() -> sandboxes.named(name));
            sandbox.collectLog().stream().map(GuestStrings::display).forEach(System.out::println);
            return;
        }
        Path output =
                run.map(Run::output)
                        .orElseThrow(() ->
                                new IllegalArgumentException(
                                        "'"
                                                + name
                                                + "' was not started in the background; logs -k shows its kernel log"));
        Files.copy(output, System.out);
        System.out.flush();
    }

    @Descriptor(
            "switches the decoded trace of system calls on or off; it goes to the shell's standard error")
    public void strace(
            @Descriptor("on or off") String state, @Descriptor("name of the sandbox") String name) {
        Sandbox sandbox = sandboxes.named(name);
        switch (state) {
            case "on" -> {
                PrintStream errors = System.err;
                sandbox.syscalls().startStrace(line -> errors.println(GuestStrings.display(line)));
            }
            case "off" -> sandbox.syscalls().stopStrace();
            default ->
                    throw new IllegalArgumentException(
                            "strace: neither on nor off: '" + state + "'");
        }
    }

    @Descriptor("lists which bundle serves which subsystem of a sandbox")
    public void bundles(
            @Descriptor("names of sandboxes; all of them when none is given") String... names) {
        BundleTable.lines(sandboxes.namedOrAll(names), revisions).forEach(System.out::println);
    }

    @Descriptor(
            "writes a running sandbox to a file, from which restore brings it back; it ends then")
    public void checkpoint(
            @Descriptor("lets the sandbox go on")
                    @Parameter(
                            names = "--leave-running",
                            presentValue = "true",
                            absentValue = "false")
                    boolean leaveRunning,
            @Descriptor("name of the sandbox") String name,
            @Descriptor("the file to write") String file) {
        var request =
                new CheckpointService.Request(
                        leaveRunning
                                ? CheckpointService.Afterwards.RUN
                                : CheckpointService.Afterwards.END,
                        CheckpointService.SAFE_POINT_LIMIT);
        System.out.println(
                CheckpointProgress.summary(
                        checkpoints()
                                .checkpoint(
                                        sandboxes.named(name),
                                        Path.of(file),
                                        request,
                                        CheckpointService.Progress.NONE)));
    }

    @Descriptor("brings a sandbox back in the background and prints its name")
    public void restore(
            @Descriptor("another name than it had") @Parameter(names = "--name", absentValue = "")
                    String name,
            @Descriptor("how guest code runs; the best way if it is not given")
                    @Parameter(names = "--platform", absentValue = "")
                    String platform,
            @Descriptor("the file to read") String file) {
        Path output = background.newOutputFile();
        Sandbox sandbox =
                checkpoints()
                        .restore(
                                Path.of(file),
                                new CheckpointService.Restore(
                                        Optional.of(name).filter(given -> !given.isEmpty()),
                                        Optional.of(platform).filter(given -> !given.isEmpty()),
                                        new Stdio.LogFile(output)),
                                CheckpointService.Progress.NONE);
        background.add(new Run(sandbox, output));
        System.out.println(sandbox.name());
    }

    private CheckpointService checkpoints() {
        CheckpointService service = checkpoints;
        if (service == null) {
            throw new IllegalArgumentException(
                    "this kernel has no checkpoints: bundle dev.moat.swap is not there");
        }
        return service;
    }
}

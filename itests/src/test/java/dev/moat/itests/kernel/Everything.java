package dev.moat.itests.kernel;

import dev.moat.abi.SigInfo;
import dev.moat.abi.SignalCodes;
import dev.moat.abi.Signals;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.SandboxManager;
import dev.moat.api.sandbox.Stdio;
import dev.moat.api.swap.CheckpointService;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** A sandbox in which a program holds one of everything; it checks all of it when told to. */
final class Everything implements AutoCloseable {
    private static final Path PROGRAM =
            Path.of(System.getProperty("moat.root"), "itests/programs/state/everything.py");
    private static final long PATIENCE_MS = 60_000;

    private final Sandbox sandbox;
    private final Path output;
    private int rounds;

    private Everything(Sandbox sandbox, Path output) {
        this.sandbox = sandbox;
        this.output = output;
    }

    /** Starts it and waits until everything is open. */
    static Everything start(SandboxManager manager, int rounds) throws Exception {
        Path output = Files.createTempFile("moat-it", ".log");
        String program = PROGRAM.toRealPath().toString();
        Sandbox sandbox =
                manager.start(
                        Programs.spec(
                                new Stdio.LogFile(output),
                                Long.MAX_VALUE,
                                "/usr/bin/python3",
                                program,
                                Integer.toString(rounds)));
        Everything everything = new Everything(sandbox, output);
        everything.await("READY");
        return everything;
    }

    Sandbox sandbox() {
        return sandbox;
    }

    /** The same one, brought back from a checkpoint; its output goes where it went. */
    Everything restored(CheckpointService checkpoints, Path file, Optional<String> platform) {
        Sandbox back =
                checkpoints.restore(
                        file,
                        new CheckpointService.Restore(
                                Optional.empty(), platform, new Stdio.LogFile(output)),
                        CheckpointService.Progress.NONE);
        Everything everything = new Everything(back, output);
        everything.rounds = rounds;
        return everything;
    }

    /** Has it check everything once; gives what failed. */
    String check() throws Exception {
        int before = output().length();
        rounds++;
        sandbox.tasks()
                .group(1)
                .orElseThrow(() -> new AssertionError("it has ended: " + outputQuietly()))
                .signal(SigInfo.kill(Signals.SIGUSR1, SignalCodes.SI_USER, 0, 0));
        await("DONE " + rounds + " ");
        return output().substring(before)
                .lines()
                .filter(line -> line.startsWith("FAILED"))
                .toList()
                .toString();
    }

    /** How it ended, after the last round. */
    ExitStatus ended() throws Exception {
        return sandbox.exited().get(PATIENCE_MS, TimeUnit.MILLISECONDS);
    }

    String output() throws IOException {
        return Files.readString(output, StandardCharsets.ISO_8859_1);
    }

    private String outputQuietly() {
        try {
            return output();
        } catch (IOException e) {
            return e.toString();
        }
    }

    private void await(String words) throws Exception {
        long deadline = System.currentTimeMillis() + PATIENCE_MS;
        while (!output().contains(words)) {
            if (System.currentTimeMillis() > deadline || sandbox.exited().isDone()) {
                throw new AssertionError(
                        "no '" + words + "' in: " + output() + sandbox.collectLog());
            }
            TimeUnit.MILLISECONDS.sleep(20);
        }
    }

    @Override
    public void close() throws IOException {
        sandbox.kill();
        Files.deleteIfExists(output);
    }
}

package dev.moat.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.api.sandbox.ExitStatus;
import dev.moat.shell.BackgroundRuns.Run;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class BackgroundRunsTest {
    private final BackgroundRuns runs = new BackgroundRuns();

    @AfterEach
    void clear() {
        runs.clear();
    }

    private Path add(FakeSandbox sandbox) {
        Path output = runs.newOutputFile();
        runs.add(new Run(sandbox, output));
        return output;
    }

    @Test
    void endedRun_staysUntilItsNameIsTaken() {
        Path first = add(new FakeSandbox("a").ended(ExitStatus.exited(3)));
        assertEquals(3, runs.named("a").orElseThrow().sandbox().exited().join().code());
        assertTrue(Files.exists(first));
        add(new FakeSandbox("a"));
        assertFalse(Files.exists(first));
        assertEquals(List.of(), runs.ended());
    }

    @Test
    void onlyTheLastEndedRuns_areKept() {
        add(new FakeSandbox("running"));
        for (int i = 0; i < 100; i++) {
            add(new FakeSandbox("run" + i).ended(ExitStatus.exited(0)));
        }
        assertEquals(64, runs.ended().size());
        assertTrue(runs.named("run99").isPresent());
        assertTrue(runs.named("run0").isEmpty());
        assertTrue(runs.named("running").isPresent());
    }

    @Test
    void clear_removesTheFiles() {
        Path output = add(new FakeSandbox("a"));
        runs.clear();
        assertFalse(Files.exists(output));
        assertTrue(runs.named("a").isEmpty());
    }

    @Test
    void table_showsHowARunEnded() {
        add(new FakeSandbox("one").ended(ExitStatus.exited(2)));
        add(new FakeSandbox("two").ended(ExitStatus.killed(15)));
        List<String> lines = SandboxTable.lines(List.of(), runs.ended());
        assertEquals(3, lines.size());
        assertTrue(lines.get(1).matches("one +fake +- +0m00s exited 2 +sleep 5"), lines.get(1));
        assertTrue(lines.get(2).contains("killed by signal 15"), lines.get(2));
    }
}

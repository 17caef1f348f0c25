package dev.moat.cli.shared;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.api.sandbox.ProcessSpec.User;
import dev.moat.api.sandbox.SandboxSpec;
import dev.moat.api.sandbox.Stdio;
import dev.moat.api.sandbox.Volume;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import picocli.CommandLine;

class RunOptionsTest {
    private static final Map<String, String> HOST = Map.of("TERM", "screen", "LANG", "C.UTF-8");

    private static SandboxSpec parse(String... words) {
        var options = new RunOptions();
        new CommandLine(options).setStopAtPositional(true).parseArgs(words);
        return options.toSpec(Stdio.Inherit.OWN, HOST);
    }

    @Test
    void program_getsDefaultsOfDocker() {
        SandboxSpec spec = parse("/bin/true");
        assertEquals(List.of("/bin/true"), spec.process().arguments());
        assertEquals("/", spec.process().workingDirectory());
        assertEquals(User.ROOT, spec.process().user());
        assertEquals(Long.MAX_VALUE, spec.memoryLimitBytes());
        assertEquals(Optional.empty(), spec.rootfs());
        assertEquals(Optional.empty(), spec.strace());
        assertEquals(
                List.of(
                        "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
                        "HOME=/root",
                        "HOSTNAME=moat"),
                spec.process().environment());
    }

    @Test
    void argumentsThatLookLikeOptions_belongToTheProgram() {
        assertEquals(
                List.of("ls", "-l", "--env", "--"),
                parse("ls", "-l", "--env", "--").process().arguments());
        assertEquals(List.of("ls", "-l"), parse("--", "ls", "-l").process().arguments());
    }

    @Test
    void allOptions_reachTheSpecification() {
        SandboxSpec spec =
                parse(
                        "--rootfs",
                        "/srv/root",
                        "--env",
                        "A=b",
                        "-e",
                        "LANG",
                        "-e",
                        "NOT_THERE",
                        "--cwd",
                        "/tmp",
                        "--user",
                        "1000:100",
                        "--hostname",
                        "box",
                        "--memory",
                        "256m",
                        "-v",
                        "/h:/data:ro",
                        "-v",
                        "/h:/rw",
                        "--strace-file",
                        "/tmp/trace",
                        "--platform",
                        "ptrace",
                        "--name",
                        "one",
                        "-it",
                        "sh");
        assertEquals(Optional.of(Path.of("/srv/root")), spec.rootfs());
        assertEquals(new User(1000, 100, List.of()), spec.process().user());
        assertEquals("box", spec.hostname());
        assertEquals(256L << 20, spec.memoryLimitBytes());
        assertEquals(
                List.of(
                        new Volume(Path.of("/h"), "/data", true),
                        new Volume(Path.of("/h"), "/rw", false)),
                spec.volumes());
        assertEquals(Optional.of(Path.of("/tmp/trace")), spec.strace().orElseThrow().file());
        assertEquals(Optional.of("ptrace"), spec.platform());
        assertEquals(Optional.of("one"), spec.name());
        List<String> environment = spec.process().environment();
        assertTrue(
                environment.containsAll(List.of("A=b", "LANG=C.UTF-8", "TERM=screen", "HOME=/")),
                environment.toString());
        assertTrue(environment.stream().noneMatch(variable -> variable.startsWith("NOT_THERE")));
    }

    @Test
    void laterVariable_replacesEarlierOne() {
        List<String> environment =
                parse("-e", "HOME=/a", "-e", "HOME=/b", "sh").process().environment();
        assertEquals(
                List.of("HOME=/b"),
                environment.stream().filter(v -> v.startsWith("HOME=")).toList());
    }

    @ParameterizedTest
    @CsvSource({
        "1,1",
        "7b,7",
        "2k,2048",
        "2K,2048",
        "256m,268435456",
        "3g,3221225472",
        "1t,1099511627776"
    })
    void size_isRead(String text, long bytes) {
        assertEquals(bytes, OptionValues.size("--memory", text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "m",
                "0",
                "-1m",
                "1.5g",
                "12q",
                "99999999999999999999",
                "9223372036854775807k",
                "0x10"
            })
    void badSize_isRefused(String text) {
        assertThrows(UsageException.class, () -> OptionValues.size("--memory", text));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "bob",
                "1:",
                ":1",
                "-1",
                "+1",
                "1:2:3",
                "4294967295",
                "4294967296",
                "1 "
            })
    void badUser_isRefused(String text) {
        assertThrows(UsageException.class, () -> OptionValues.user(text));
    }

    @Test
    void largestUser_isRead() {
        assertEquals(new User(-2, 0, List.of()), OptionValues.user("4294967294"));
    }

    @ParameterizedTest
    @ValueSource(strings = {"", "/a", ":/a", "/a:b", "/a:/b:rx", "/a:/b:ro:", "/a:"})
    void badVolume_isRefused(String text) {
        assertThrows(UsageException.class, () -> OptionValues.volume(text));
    }

    @ParameterizedTest
    @ValueSource(strings = {"=x", ""})
    void badVariable_isRefused(String text) {
        assertThrows(UsageException.class, () -> parse("-e", text, "sh"));
    }

    @Test
    void relativeDirectory_isRefused() {
        assertThrows(UsageException.class, () -> parse("--cwd", "tmp", "sh"));
    }
}

package dev.moat.shell;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.api.swap.SwapService.Part;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class SwapArgumentsTest {
    @Test
    void oneSubsystemOfOneSandbox() {
        SwapArguments arguments = parse("web vfs=file:/path/vfs-bundle-1.1.0.jar");
        assertEquals(Optional.of("web"), arguments.sandbox());
        assertEquals(
                List.of(
                        new Part(
                                Optional.of("vfs"), URI.create("file:/path/vfs-bundle-1.1.0.jar"))),
                arguments.parts());
        assertEquals(Duration.ofMillis(50), arguments.safePointLimit());
        assertEquals(Duration.ofSeconds(10), arguments.probation());
    }

    @Test
    void aBatchForAll_withPathsAndAddresses() {
        SwapArguments arguments =
                parse("--all --limit 200 --probation 3 file:/a.jar b.jar fs:tmpfs=/c=d.jar");
        assertEquals(Optional.empty(), arguments.sandbox());
        assertEquals(
                List.of(
                        new Part(Optional.empty(), URI.create("file:/a.jar")),
                        new Part(Optional.empty(), Path.of("b.jar").toAbsolutePath().toUri()),
                        new Part(Optional.of("fs:tmpfs"), URI.create("file:///c=d.jar"))),
                arguments.parts());
        assertEquals(Duration.ofMillis(200), arguments.safePointLimit());
        assertEquals(Duration.ofSeconds(3), arguments.probation());
    }

    @Test
    void aPlatformByName_isAMoveOfTasks_andByFileASwap() {
        assertEquals(Optional.of("trap"), parse("web platform=trap").platform());
        assertEquals(Optional.empty(), parse("web platform:ptrace=file:/p.jar").platform());
        assertEquals(1, parse("web platform:ptrace=p.jar").parts().size());
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "",
                "web",
                "--all",
                "file:/a.jar file:/b.jar",
                "vfs=a.jar vfs=b.jar",
                "--quick web vfs=a.jar",
                "--limit soon web vfs=a.jar",
                "--limit",
                "web platform=trap vfs=a.jar",
                "--all platform=trap"
            })
    void badWords_giveOneLine(String words) {
        IllegalArgumentException e =
                assertThrows(IllegalArgumentException.class, () -> parse(words));
        assertTrue(e.getMessage().startsWith("swap: "), e.getMessage());
        assertEquals(1, e.getMessage().lines().count());
    }

    private static SwapArguments parse(String words) {
        return SwapArguments.parse(words.isEmpty() ? new String[0] : words.split(" "));
    }
}

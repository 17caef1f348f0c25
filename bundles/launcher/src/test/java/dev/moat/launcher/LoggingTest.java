package dev.moat.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.LoggingEvent;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LoggingTest {
    @Test
    void levels_comeFromTheFile(@TempDir Path home) throws Exception {
        Files.createDirectories(home.resolve("conf"));
        Files.writeString(
                home.resolve("conf/logging.properties"), "root=ERROR\ndev.moat.vfs = DEBUG\n");
        var context = new LoggerContext();
        new LoggingConfigurator().configure(context, home);
        assertEquals(Level.ERROR, context.getLogger("any").getEffectiveLevel());
        assertEquals(Level.DEBUG, context.getLogger("dev.moat.vfs.walk").getEffectiveLevel());
    }

    @Test
    void withoutFile_warningsAreShown(@TempDir Path home) {
        var context = new LoggerContext();
        new LoggingConfigurator().configure(context, home);
        assertEquals(Level.WARN, context.getLogger("any").getEffectiveLevel());
    }

    @Test
    void event_isOneLineAndItsTrace() {
        var context = new LoggerContext();
        var logger = context.getLogger("dev.moat.mm.Faults");
        var event =
                new LoggingEvent(
                        "",
                        logger,
                        Level.WARN,
                        "at {}",
                        new IllegalStateException("x"),
                        new Object[] {7});
        String text = new LogLayout().doLayout(event);
        assertTrue(text.lines().findFirst().orElseThrow().endsWith("WARN  Faults - at 7"), text);
        assertTrue(text.contains("IllegalStateException: x"), text);
    }
}

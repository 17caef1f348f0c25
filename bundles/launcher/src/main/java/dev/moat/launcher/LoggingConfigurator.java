package dev.moat.launcher;

import ch.qos.logback.classic.Level;
import ch.qos.logback.classic.LoggerContext;
import ch.qos.logback.classic.spi.Configurator;
import ch.qos.logback.classic.spi.ConfiguratorRank;
import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.core.ConsoleAppender;
import ch.qos.logback.core.encoder.LayoutWrappingEncoder;
import ch.qos.logback.core.spi.ContextAwareBase;
import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Properties;

/**
 * Sets logback up from {@code conf/logging.properties}: logger names with their levels, {@code
 * root} for all others.
 *
 * <p>Not from logback's own XML: its reader loads hundreds of classes on every start.
 */
@ConfiguratorRank(ConfiguratorRank.CUSTOM_HIGH_PRIORITY)
public final class LoggingConfigurator extends ContextAwareBase implements Configurator {
    @Override
    public ExecutionStatus configure(LoggerContext context) {
        configure(context, Path.of(System.getProperty("moat.home", ".")));
        return ExecutionStatus.DO_NOT_INVOKE_NEXT_IF_ANY;
    }

    void configure(LoggerContext context, Path home) {
        var layout = new LogLayout();
        layout.setContext(context);
        layout.start();
        var encoder = new LayoutWrappingEncoder<ILoggingEvent>();
        encoder.setContext(context);
        encoder.setLayout(layout);
        encoder.start();
        var appender = new ConsoleAppender<ILoggingEvent>();
        appender.setContext(context);
        appender.setTarget("System.err");
        appender.setEncoder(encoder);
        appender.start();
        context.getLogger("ROOT").addAppender(appender);
        context.getLogger("ROOT").setLevel(Level.WARN);
        setLevels(context, home.resolve("conf").resolve("logging.properties"));
    }

    private void setLevels(LoggerContext context, Path file) {
        var levels = new Properties();
        if (!Files.isReadable(file)) {
            return;
        }
        try (Reader reader = Files.newBufferedReader(file)) {
            levels.load(reader);
        } catch (IOException e) {
            addWarn("cannot read " + file, e);
        }
        for (String name : levels.stringPropertyNames()) {
            String logger = name.equals("root") ? "ROOT" : name;
            context.getLogger(logger)
                    .setLevel(Level.toLevel(levels.getProperty(name).strip(), Level.WARN));
        }
    }
}

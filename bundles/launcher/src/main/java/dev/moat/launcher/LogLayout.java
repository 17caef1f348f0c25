package dev.moat.launcher;

import ch.qos.logback.classic.spi.ILoggingEvent;
import ch.qos.logback.classic.spi.ThrowableProxyUtil;
import ch.qos.logback.core.LayoutBase;
import java.time.LocalTime;
import java.time.ZoneId;
import java.time.temporal.ChronoUnit;

/**
 * One line for each event: time, level, short logger name, message; then the trace, if there is
 * one.
 */
final class LogLayout extends LayoutBase<ILoggingEvent> {
    @Override
    public String doLayout(ILoggingEvent event) {
        LocalTime time =
                LocalTime.ofInstant(event.getInstant(), ZoneId.systemDefault())
                        .truncatedTo(ChronoUnit.MILLIS);
        String logger = event.getLoggerName();
        String line =
                "%s %-5s %s - %s%n"
                        .formatted(
                                time,
                                event.getLevel(),
                                logger.substring(logger.lastIndexOf('.') + 1),
                                event.getFormattedMessage());
        var thrown = event.getThrowableProxy();
        return thrown == null ? line : line + ThrowableProxyUtil.asString(thrown);
    }
}

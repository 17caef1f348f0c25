package dev.moat.task.process;

/**
 * What a timer is set to.
 *
 * @param leftNs until the next expiry, 0 if disarmed
 * @param periodNs 0 for a single expiry
 */
public record TimerSetting(long leftNs, long periodNs) {
    public static final TimerSetting OFF = new TimerSetting(0, 0);
}

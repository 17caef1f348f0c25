package dev.moat.api.time;

import org.osgi.annotation.versioning.ProviderType;

/** A one-shot timer on the monotonic clock; armed again by its owner for periods. Thread safe. */
@ProviderType
public interface Timer extends AutoCloseable {
    /** The deadline that means "not armed". */
    long NEVER = Long.MAX_VALUE;

    /** Arms the timer for {@code deadlineNs} (monotonic), replacing an earlier deadline. */
    void arm(long deadlineNs);

    /** Disarms the timer; a callback that is already running is not waited for. */
    void disarm();

    /** The armed deadline, or {@link #NEVER}. */
    long deadlineNs();

    /** Disarms the timer for good. */
    @Override
    void close();
}

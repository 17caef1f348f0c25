package dev.moat.api.time;

import org.osgi.annotation.versioning.ProviderType;

/** Makes the timers of one sandbox; all callbacks run on one service thread and must be short. */
@ProviderType
public interface TimerService {
    /** A disarmed timer that calls {@code listener} each time it expires; owned by the caller. */
    Timer newTimer(TimerListener listener);
}

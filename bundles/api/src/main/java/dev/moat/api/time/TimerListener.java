package dev.moat.api.time;

import org.osgi.annotation.versioning.ConsumerType;

/** Told when a timer expires. */
@ConsumerType
@FunctionalInterface
public interface TimerListener {
    /**
     * Called on the timer thread, no locks held. May arm the timer again.
     *
     * @param nowNs the monotonic time at which the expiry was noticed
     */
    void expired(long nowNs);
}

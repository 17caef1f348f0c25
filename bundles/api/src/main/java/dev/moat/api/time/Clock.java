package dev.moat.api.time;

import org.osgi.annotation.versioning.ProviderType;

/**
 * The clocks of a sandbox, in nanoseconds. @see <a
 * href="https://man7.org/linux/man-pages/man2/clock_gettime.2.html">clock_gettime(2)</a>
 */
@ProviderType
public interface Clock {
    /** {@code CLOCK_MONOTONIC}: never jumps, starts near the boot of the host. */
    long monotonicNs();

    /** {@code CLOCK_REALTIME}: since the epoch. */
    long realtimeNs();

    /** {@code CLOCK_BOOTTIME}: monotonic, suspend included. */
    long boottimeNs();
}

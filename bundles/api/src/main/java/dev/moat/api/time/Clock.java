package dev.moat.api.time;

import org.osgi.annotation.versioning.ProviderType;

/**
 * The clocks of a sandbox, in nanoseconds. @see <a
 * href="https://man7.org/linux/man-pages/man2/clock_gettime.2.html">clock_gettime(2)</a>
 */
@ProviderType
public interface Clock {
    /**
     * {@code CLOCK_MONOTONIC}: never jumps, starts near the boot of the host. Goes on where it
     * stopped when the sandbox comes back from a checkpoint.
     */
    long monotonicNs();

    /** {@code CLOCK_REALTIME}: since the epoch. */
    long realtimeNs();

    /** {@code CLOCK_BOOTTIME}: monotonic, suspend included. */
    long boottimeNs();

    /** What {@link #monotonicNs} adds to the host's; constant while tasks run. */
    default long monotonicOffsetNs() {
        return 0;
    }

    /** What {@link #boottimeNs} adds to the host's; constant while tasks run. */
    default long boottimeOffsetNs() {
        return 0;
    }
}

package dev.moat.task.signal;

import dev.moat.abi.SigInfo;

/**
 * One signal in a queue.
 *
 * @param chargedUid whose RLIMIT_SIGPENDING it counts against, {@link #NOBODY} for none
 * @param timerId internal number of the POSIX timer that sent it, {@link #NO_TIMER} for others
 */
public record QueuedSignal(SigInfo info, int chargedUid, int timerId) {
    /** Not charged: -1 is no uid. */
    public static final int NOBODY = -1;

    /** Not from a POSIX timer. */
    public static final int NO_TIMER = -1;

    public static QueuedSignal uncharged(SigInfo info) {
        return new QueuedSignal(info, NOBODY, NO_TIMER);
    }
}

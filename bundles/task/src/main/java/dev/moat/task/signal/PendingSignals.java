package dev.moat.task.signal;

import dev.moat.abi.SigInfo;
import dev.moat.abi.Signals;
import dev.moat.api.swap.Stateful;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Signals that wait for one task or one thread group (Linux {@code struct sigpending}). A standard
 * signal waits at most once, a real-time signal as often as it was sent. Guarded by the sandbox's
 * signal lock.
 */
@Stateful
public final class PendingSignals {
    /**
     * SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGFPE, SIGSYS: delivered before others; kernel/signal.c
     * SYNCHRONOUS_MASK.
     */
    private static final long SYNCHRONOUS =
            Signals.mask(Signals.SIGSEGV)
                    | Signals.mask(Signals.SIGBUS)
                    | Signals.mask(Signals.SIGILL)
                    | Signals.mask(Signals.SIGTRAP)
                    | Signals.mask(Signals.SIGFPE)
                    | Signals.mask(Signals.SIGSYS);

    private final ArrayDeque<QueuedSignal> queue = new ArrayDeque<>(2);

    /** Volatile so that a task sees without the lock that nothing waits. */
    private volatile long mask;

    /** Signals that wait, bit {@code signal - 1}. */
    public long mask() {
        return mask;
    }

    public boolean contains(int signal) {
        return (mask & Signals.mask(signal)) != 0;
    }

    /** Entries that count against RLIMIT_SIGPENDING. */
    public int size() {
        return queue.size();
    }

    /** What waits, in order. */
    public List<QueuedSignal> entries() {
        return List.copyOf(queue);
    }

    /** Adds an entry. */
    public void add(QueuedSignal entry) {
        queue.addLast(entry);
        mask |= Signals.mask(entry.info().signal());
    }

    /** Adds a signal that lost its information to the limit: it waits without an entry. */
    public void addBare(int signal) {
        mask |= Signals.mask(signal);
    }

    /**
     * Takes the next signal of {@code wanted}: synchronous ones first, then the lowest number; null
     * if none.
     */
    public @Nullable QueuedSignal take(long wanted) {
        long ready = mask & wanted;
        if (ready == 0) {
            return null;
        }
        long first = (ready & SYNCHRONOUS) != 0 ? ready & SYNCHRONOUS : ready;
        return collect(Long.numberOfTrailingZeros(first) + 1);
    }

    /**
     * Removes all signals of {@code unwanted}; gives their entries, whose charge the caller
     * returns.
     */
    public List<QueuedSignal> flush(long unwanted) {
        if ((mask & unwanted) == 0) {
            return List.of();
        }
        List<QueuedSignal> flushed = new ArrayList<>();
        queue.removeIf(entry -> {
            boolean gone = (unwanted & Signals.mask(entry.info().signal())) != 0;
            if (gone) {
                flushed.add(entry);
            }
            return gone;
        });
        mask &= ~unwanted;
        return flushed;
    }

    /** Removes everything. */
    public List<QueuedSignal> flushAll() {
        return flush(-1L);
    }

    /** Whether an entry of this POSIX timer waits. */
    public boolean containsTimer(int timerId) {
        for (QueuedSignal entry : queue) {
            if (entry.timerId() == timerId) {
                return true;
            }
        }
        return false;
    }

    private QueuedSignal collect(int signal) {
        QueuedSignal found = null;
        boolean more = false;
        for (QueuedSignal entry : queue) {
            if (entry.info().signal() == signal) {
                if (found != null) {
                    more = true;
                    break;
                }
                found = entry;
            }
        }
        if (!more) {
            mask &= ~Signals.mask(signal);
        }
        if (found == null) {
            // Lost to the limit: kernel/signal.c collect_signal gives SI_USER with zeros.
            return QueuedSignal.uncharged(SigInfo.kill(signal, 0, 0, 0));
        }
        queue.remove(found);
        return found;
    }
}

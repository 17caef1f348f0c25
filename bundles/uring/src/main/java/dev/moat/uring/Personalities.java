package dev.moat.uring;

import dev.moat.abi.Errno;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Credentials;
import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Credentials that a ring keeps for operations: IORING_REGISTER_PERSONALITY. */
@Stateful
final class Personalities {
    /** Numbers are 16 bits in a submission; 0 stands for the submitter. */
    private static final int MOST = 0xffff;

    private final Keeping keeping;
    private final RankedLock lock = new RankedLock(LockRank.FD_TABLE);

    /** Guarded by lock. */
    private final Map<Integer, Credentials> known = new HashMap<>();

    /** Guarded by lock. */
    private int last;

    Personalities(Keeping keeping) {
        this.keeping = keeping;
    }

    /** The number of a new one, which comes round: ENOMEM. */
    int register(Credentials who) {
        keeping.take(Keeping.REQUEST);
        lock.lock();
        try {
            if (known.size() == MOST) {
                keeping.giveBack(Keeping.REQUEST);
                throw Errno.EBUSY.exception();
            }
            do {
                last = last == MOST ? 1 : last + 1;
            } while (known.containsKey(last));
            known.put(last, who);
            return last;
        } finally {
            lock.unlock();
        }
    }

    /** EINVAL if there is none of that number. */
    void unregister(int number) {
        lock.lock();
        try {
            if (known.remove(number) == null) {
                throw Errno.EINVAL.exception();
            }
        } finally {
            lock.unlock();
        }
        keeping.giveBack(Keeping.REQUEST);
    }

    /** Null if there is none of that number. */
    @Nullable Credentials find(int number) {
        lock.lock();
        try {
            return known.get(number);
        } finally {
            lock.unlock();
        }
    }

    /** Forgets all. */
    void clear() {
        lock.lock();
        try {
            keeping.giveBack(known.size() * Keeping.REQUEST);
            known.clear();
        } finally {
            lock.unlock();
        }
    }
}

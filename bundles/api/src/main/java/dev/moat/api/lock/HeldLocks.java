package dev.moat.api.lock;

import java.util.ArrayList;
import java.util.List;

/** Which ranked locks each thread holds; used by assertions only. */
final class HeldLocks {
    private static final ThreadLocal<List<Ranked>> HELD = ThreadLocal.withInitial(ArrayList::new);

    private HeldLocks() {}

    static boolean checkAndPush(Ranked lock) {
        List<Ranked> held = HELD.get();
        for (Ranked other : held) {
            if (other.rank().compareTo(lock.rank()) > 0) {
                throw new AssertionError(
                        "lock order: " + lock.rank() + " taken while holding " + other.rank());
            }
        }
        held.add(lock);
        return true;
    }

    static boolean pop(Ranked lock) {
        HELD.get().remove(lock);
        return true;
    }
}

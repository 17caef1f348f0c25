package dev.moat.task.futex;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.abi.Errno;
import dev.moat.abi.FutexOps;
import java.util.List;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

final class FutexTableTest {
    private static final int ANY = FutexOps.FUTEX_BITSET_MATCH_ANY;
    private static final long ADDRESS = 0x1000;
    private static final long OTHER = 0x2000;

    private final FutexTable table = new FutexTable();
    private final FutexGuests guests = new FutexGuests();

    private FutexTable.Word word(long addr, int expected, int bitset) {
        return new FutexTable.Word(addr, expected, bitset, key(addr));
    }

    private FutexKey key(long addr) {
        return table.key(guests.task(1), addr, FutexKey.Scope.PRIVATE);
    }

    private Future<Long> waiting(ScriptedSleeper sleeper, FutexTable.Word word) throws Exception {
        Future<Long> result =
                guests.run(() -> table.await(guests.task(1), sleeper, word, Long.MAX_VALUE));
        assertTrue(sleeper.asleep.await(5, TimeUnit.SECONDS));
        return result;
    }

    @Test
    void await_withAnotherValue_failsEagain() {
        guests.write(ADDRESS, 1);
        assertEquals(
                Errno.EAGAIN.negated(),
                table.await(
                        guests.task(1),
                        new ScriptedSleeper(),
                        word(ADDRESS, 0, ANY),
                        Long.MAX_VALUE));
    }

    @Test
    void await_pastDeadline_timesOut() {
        assertEquals(
                Errno.ETIMEDOUT.negated(),
                table.await(guests.task(1), new ScriptedSleeper(), word(ADDRESS, 0, ANY), 0));
    }

    @Test
    void wake_wakesTheOldestOnly() throws Exception {
        ScriptedSleeper first = new ScriptedSleeper();
        Future<Long> a = waiting(first, word(ADDRESS, 0, ANY));
        ScriptedSleeper second = new ScriptedSleeper();
        Future<Long> b = waiting(second, word(ADDRESS, 0, ANY));
        assertEquals(1, table.wake(key(ADDRESS), 1, ANY));
        assertEquals(0, a.get(5, TimeUnit.SECONDS));
        assertFalse(b.isDone());
        assertEquals(1, table.wake(key(ADDRESS), 10, ANY));
        assertEquals(0, b.get(5, TimeUnit.SECONDS));
        assertEquals(0, table.wake(key(ADDRESS), 1, ANY));
    }

    @Test
    void wake_withOtherBits_leavesTheWaiter() throws Exception {
        ScriptedSleeper sleeper = new ScriptedSleeper();
        Future<Long> result = waiting(sleeper, word(ADDRESS, 0, 0b01));
        assertEquals(0, table.wake(key(ADDRESS), 1, 0b10));
        assertEquals(1, table.wake(key(ADDRESS), 1, 0b11));
        assertEquals(0, result.get(5, TimeUnit.SECONDS));
    }

    @Test
    void interrupt_takesTheWaiterOut() throws Exception {
        ScriptedSleeper sleeper = new ScriptedSleeper();
        Future<Long> result = waiting(sleeper, word(ADDRESS, 0, ANY));
        sleeper.interrupt();
        assertEquals(Errno.EINTR.negated(), result.get(5, TimeUnit.SECONDS));
        assertEquals(0, table.wake(key(ADDRESS), 1, ANY));
    }

    @Test
    void requeue_movesWaitersToTheOtherWord() throws Exception {
        ScriptedSleeper first = new ScriptedSleeper();
        Future<Long> a = waiting(first, word(ADDRESS, 0, ANY));
        ScriptedSleeper second = new ScriptedSleeper();
        Future<Long> b = waiting(second, word(ADDRESS, 0, ANY));
        assertEquals(2, table.requeue(key(ADDRESS), key(OTHER), 1, 10));
        assertEquals(0, a.get(5, TimeUnit.SECONDS));
        assertEquals(0, table.wake(key(ADDRESS), 10, ANY));
        assertEquals(1, table.wake(key(OTHER), 10, ANY));
        assertEquals(0, b.get(5, TimeUnit.SECONDS));
    }

    @Test
    void awaitAny_tellsWhichWordWasWoken() throws Exception {
        ScriptedSleeper sleeper = new ScriptedSleeper();
        List<FutexTable.Word> words = List.of(word(ADDRESS, 0, ANY), word(OTHER, 0, ANY));
        Future<Long> result =
                guests.run(() -> table.awaitAny(guests.task(1), sleeper, words, Long.MAX_VALUE));
        assertTrue(sleeper.asleep.await(5, TimeUnit.SECONDS));
        assertEquals(1, table.wake(key(OTHER), 1, ANY));
        assertEquals(1, result.get(5, TimeUnit.SECONDS));
        assertEquals(0, table.wake(key(ADDRESS), 1, ANY));
    }

    @Test
    @Timeout(30)
    void noWakeUpIsLost_betweenTwoThreads() throws Exception {
        int rounds = 2000;
        int end = 2;
        Future<Long> pong = guests.run(() -> answerUntil(end));
        ScriptedSleeper own = new ScriptedSleeper();
        for (int i = 0; i < rounds; i++) {
            guests.write(ADDRESS, 1);
            table.wake(key(ADDRESS), 1, ANY);
            while (guests.read(ADDRESS) == 1) {
                table.await(guests.task(1), own, word(ADDRESS, 1, ANY), Long.MAX_VALUE);
            }
        }
        guests.write(ADDRESS, end);
        table.wake(key(ADDRESS), 1, ANY);
        assertEquals(rounds, pong.get(10, TimeUnit.SECONDS));
    }

    /** Sets the word from 1 to 0 and wakes, again and again; gives how often. */
    private long answerUntil(int end) {
        ScriptedSleeper sleeper = new ScriptedSleeper();
        long answers = 0;
        while (true) {
            int value = guests.read(ADDRESS);
            if (value == end) {
                return answers;
            } else if (value == 1) {
                guests.write(ADDRESS, 0);
                answers++;
                table.wake(key(ADDRESS), 1, ANY);
            } else {
                table.await(guests.task(1), sleeper, word(ADDRESS, 0, ANY), Long.MAX_VALUE);
            }
        }
    }

    @Test
    void pi_unlock_handsOverToTheWaiter() throws Exception {
        PiFutexes pi = table.pi();
        assertEquals(0, acquire(pi, 1, new ScriptedSleeper(), PiFutexes.Mode.LOCK));
        assertEquals(1, guests.read(ADDRESS));
        ScriptedSleeper sleeper = new ScriptedSleeper();
        Future<Long> second = guests.run(() -> acquire(pi, 2, sleeper, PiFutexes.Mode.LOCK));
        assertTrue(sleeper.asleep.await(5, TimeUnit.SECONDS));
        assertEquals(1 | FutexOps.FUTEX_WAITERS, guests.read(ADDRESS));
        pi.release(guests.task(1), ADDRESS, key(ADDRESS));
        assertEquals(0, second.get(5, TimeUnit.SECONDS));
        assertEquals(2 | FutexOps.FUTEX_WAITERS, guests.read(ADDRESS));
        pi.release(guests.task(2), ADDRESS, key(ADDRESS));
        assertEquals(0, guests.read(ADDRESS));
    }

    @Test
    void pi_deadOwner_leavesTheLockToTheWaiterMarked() throws Exception {
        PiFutexes pi = table.pi();
        acquire(pi, 1, new ScriptedSleeper(), PiFutexes.Mode.LOCK);
        ScriptedSleeper sleeper = new ScriptedSleeper();
        Future<Long> second = guests.run(() -> acquire(pi, 2, sleeper, PiFutexes.Mode.LOCK));
        assertTrue(sleeper.asleep.await(5, TimeUnit.SECONDS));
        pi.ownerDied(1);
        assertEquals(0, second.get(5, TimeUnit.SECONDS));
        assertEquals(2 | FutexOps.FUTEX_OWNER_DIED | FutexOps.FUTEX_WAITERS, guests.read(ADDRESS));
    }

    private long acquire(PiFutexes pi, int tid, Sleeper sleeper, PiFutexes.Mode mode) {
        return pi.acquire(guests.task(tid), sleeper, ADDRESS, key(ADDRESS), mode, Long.MAX_VALUE);
    }
}

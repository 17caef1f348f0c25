package dev.moat.platform.trap;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What trampolines of one context answer by themselves, and how often they did. */
final class LocalAnswers {
    private static final int MAX_NUMBERS = 16;
    private static final long VALID = 1L << 63;

    private final int[] numbers = new int[MAX_NUMBERS];
    private final long[] answers = new long[MAX_NUMBERS];

    /** Counts of the slot that were told already. */
    private final long[] told = new long[MAX_NUMBERS];

    private int count;
    private long answeredTold;
    private @Nullable MemorySegment memory;

    /** The context has a slot now, whose answers are those of another one. */
    void attach(Slot slot) {
        MemorySegment fresh = slot.memory();
        fresh.asSlice(
                        StubLayout.SLOT_ANSWERS,
                        (long) StubLayout.MAX_ANSWERS * StubLayout.ANSWER_BYTES)
                .fill((byte) 0);
        fresh.set(JAVA_LONG, StubLayout.SLOT_ANSWERED, 0);
        answeredTold = 0;
        Arrays.fill(told, 0);
        memory = fresh;
        for (int i = 0; i < count; i++) {
            fresh.set(JAVA_LONG, place(numbers[i]), answers[i]);
        }
    }

    void detach() {
        memory = null;
    }

    /** From now on calls of {@code number} are answered with {@code value}. */
    void set(int number, int value) {
        put(number, VALID | Integer.toUnsignedLong(value));
    }

    /** Calls of {@code number} come to us. */
    void remove(int number) {
        put(number, 0);
    }

    private void put(int number, long answer) {
        int i = 0;
        while (i < count && numbers[i] != number) {
            i++;
        }
        if (i == count) {
            if (count == MAX_NUMBERS || number < 0 || number >= StubLayout.MAX_ANSWERS) {
                return;
            }
            numbers[count++] = number;
        }
        answers[i] = answer;
        MemorySegment here = memory;
        if (here != null) {
            here.set(JAVA_LONG, place(number), answer);
        }
    }

    private static long place(int number) {
        return StubLayout.SLOT_ANSWERS + (long) number * StubLayout.ANSWER_BYTES;
    }

    /** Whether there may be something for {@link #take}. */
    boolean hasCounts() {
        MemorySegment here = memory;
        return here != null && here.get(JAVA_LONG, StubLayout.SLOT_ANSWERED) != answeredTold;
    }

    /** How often {@code number} was answered since this was asked last, as the guest says. */
    long take(int number) {
        MemorySegment here = memory;
        if (here == null) {
            return 0;
        }
        answeredTold = here.get(JAVA_LONG, StubLayout.SLOT_ANSWERED);
        for (int i = 0; i < count; i++) {
            if (numbers[i] == number) {
                long now = here.get(JAVA_LONG, place(number) + Long.BYTES);
                long more = now - told[i];
                told[i] = now;
                return Math.max(0, more);
            }
        }
        return 0;
    }
}

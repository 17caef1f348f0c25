package dev.moat.bpf.verify;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** What is known of all registers and the stack at one instruction of one path. */
final class Knowledge {
    static final int REGISTERS = 11;
    static final int FRAME_REGISTER = 10;
    private static final int SLOTS = 64;
    private static final Slot EMPTY = new Slot(null, 0);

    /** What is remembered of registers takes no more, nor a place in the stack. */
    private static final int REGISTERS_BYTES = 768;

    private static final int SLOTS_BYTES = 16 + SLOTS * 4;
    private static final int SLOT_BYTES = 80;

    private Value[] registers;

    /** From the end of the stack downwards; null: nothing is on it. */
    private @Nullable Slot @Nullable [] slots;

    /** At the beginning: the context is in register 1. */
    Knowledge() {
        registers = new Value[REGISTERS];
        Arrays.fill(registers, Value.UNSET);
        registers[1] = new Pointer(Pointer.Kind.CONTEXT, 0, true);
        registers[FRAME_REGISTER] = new Pointer(Pointer.Kind.FRAME, 0, true);
    }

    private Knowledge(Knowledge from) {
        registers = from.registers.clone();
        slots = from.slots == null ? null : from.slots.clone();
    }

    Knowledge copy() {
        return new Knowledge(this);
    }

    /** Takes over all of {@code other}, which is not used any more. */
    void become(Knowledge other) {
        registers = other.registers;
        slots = other.slots;
    }

    /** Of the heap, at most: parts of it may be those of others, too. */
    int sizeBytes() {
        int bytes = REGISTERS_BYTES;
        if (slots != null) {
            bytes += SLOTS_BYTES;
            for (Slot each : slots) {
                bytes += each == null ? 0 : SLOT_BYTES;
            }
        }
        return bytes;
    }

    Value register(int number) {
        return registers[number];
    }

    void set(int number, Value value) {
        registers[number] = value;
    }

    /**
     * @param offset below 0, from the end of the stack
     */
    Slot slot(long offset) {
        Slot found = slots == null ? null : slots[index(offset)];
        return found == null ? EMPTY : found;
    }

    void setSlot(long offset, Slot slot) {
        if (slots == null) {
            slots = new Slot[SLOTS];
        }
        slots[index(offset)] = slot;
    }

    private static int index(long offset) {
        return (int) ((-offset - 1) / Slot.BYTES);
    }

    /**
     * Whether all that may be in {@code other} may be in this: what was found out of this holds for
     * the other one, too.
     *
     * @param live bit n: register n is still read
     */
    boolean covers(Knowledge other, int live) {
        for (int i = 0; i < REGISTERS; i++) {
            if ((live >>> i & 1) != 0 && !covers(registers[i], other.registers[i])) {
                return false;
            }
        }
        for (int i = 0; slots != null && i < SLOTS; i++) {
            Slot mine = slots[i];
            if (mine != null) {
                Slot its = other.slots == null ? null : other.slots[i];
                if (!mine.covers(its == null ? EMPTY : its)) {
                    return false;
                }
            }
        }
        return other.slots == null || coversPointers(other.slots);
    }

    /** Where nothing is here, there must be no pointer there: it is read differently. */
    private boolean coversPointers(@Nullable Slot[] others) {
        for (int i = 0; i < SLOTS; i++) {
            Slot its = others[i];
            if (its != null && its.isPointer() && (slots == null || slots[i] == null)) {
                return false;
            }
        }
        return true;
    }

    private static boolean covers(Value mine, Value its) {
        return mine instanceof Value.Unset
                || mine.equals(its)
                || mine instanceof Scalar wide
                        && its instanceof Scalar narrow
                        && wide.covers(narrow);
    }

    boolean isSame(Knowledge other) {
        return Arrays.equals(registers, other.registers) && Arrays.equals(slots, other.slots);
    }
}

package dev.moat.task.process;

import dev.moat.abi.Errno;
import dev.moat.abi.MemoryFlags;
import dev.moat.api.platform.DebugRegisters;
import dev.moat.api.swap.Stateful;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The debug registers of a task: its tracer reads and writes them while it stops, the task gives
 * them to its context. They stay when the tracer goes; execve(2) clears them, and children have
 * none. Source: arch/x86/kernel/ptrace.c.
 */
@Stateful
public final class TracedDebugRegisters {
    private static final int COUNT = 4;
    private static final int STATUS = 6;
    private static final int CONTROL = 7;

    // Register 7: two bits that switch a register on, and four that say what it watches.
    private static final int ENABLE_BITS = 2;
    private static final int ENABLE_MASK = 3;
    private static final int KIND_SHIFT = 16;
    private static final int KIND_BITS = 4;

    private static final int RUNS = 0;
    private static final int WRITES = 1;
    private static final int PORTS = 2;

    /**
     * What a register watches.
     *
     * @param kind type in bits 0 and 1, length in bits 2 and 3: as in register 7
     */
    private record Slot(long address, int kind, boolean enabled) {
        /** EINVAL for what the processor or Linux does not allow. */
        Slot checked() {
            int type = kind & 3;
            int length = lengthBytes();
            boolean known = type != PORTS && (type != RUNS || length == 1);
            if (!known
                    || Long.compareUnsigned(address, MemoryFlags.TASK_SIZE_MAX) >= 0
                    || address + length > MemoryFlags.TASK_SIZE_MAX
                    || (address & length - 1) != 0) {
                throw Errno.EINVAL.exception();
            }
            return this;
        }

        private int lengthBytes() {
            return switch (kind >>> 2) {
                case 0 -> 1;
                case 1 -> 2;
                case 2 -> Long.BYTES;
                default -> Integer.BYTES;
            };
        }
    }

    /** Null for those that were never used. */
    private final @Nullable Slot[] slots = new Slot[COUNT];

    /** Register 7 as it was written. */
    private long control;

    private long status = DebugRegisters.IDLE_STATUS;

    /** The context has not been told yet. */
    private boolean changed;

    /** PTRACE_PEEKUSER of {@code u_debugreg[index]}. */
    long get(int index) {
        if (index < COUNT) {
            Slot slot = slots[index];
            return slot == null ? 0 : slot.address();
        }
        return switch (index) {
            case STATUS -> status;
            case CONTROL -> control;
            default -> 0;
        };
    }

    /** PTRACE_POKEUSER; EIO for registers 4 and 5, EINVAL for values that cannot be. */
    void set(int index, long value) {
        if (index < COUNT) {
            Slot slot = slots[index];
            slots[index] =
                    slot == null
                            ? new Slot(value, WRITES, false).checked()
                            : new Slot(value, slot.kind(), slot.enabled()).checked();
            changed = true;
        } else if (index == STATUS) {
            status = value;
        } else if (index == CONTROL) {
            setControl(value);
        } else {
            throw Errno.EIO.exception();
        }
    }

    private void setControl(long value) {
        @Nullable Slot[] wanted = new Slot[COUNT];
        for (int i = 0; i < COUNT; i++) {
            Slot slot = slots[i];
            int kind = (int) (value >>> KIND_SHIFT + i * KIND_BITS) & 0xf;
            boolean enabled = (value >>> i * ENABLE_BITS & ENABLE_MASK) != 0;
            if (slot != null || enabled) {
                long address = slot == null ? 0 : slot.address();
                wanted[i] = new Slot(address, kind, enabled).checked();
            }
        }
        System.arraycopy(wanted, 0, slots, 0, COUNT);
        control = value;
        changed = true;
    }

    /** The task: a trap has told {@code value}. */
    void setStatus(long value) {
        status = value;
    }

    /** The task, before it goes on: what its context is to be told, or null. */
    @Nullable DebugRegisters takeChanged() {
        if (!changed) {
            return null;
        }
        changed = false;
        return current();
    }

    /** What the processor is to watch. */
    DebugRegisters current() {
        long[] addresses = new long[COUNT];
        long enabled = 0;
        for (int i = 0; i < COUNT; i++) {
            Slot slot = slots[i];
            if (slot != null && slot.enabled()) {
                addresses[i] = slot.address();
                enabled |= 1L << i * ENABLE_BITS | (long) slot.kind() << KIND_SHIFT + i * KIND_BITS;
            }
        }
        return enabled == 0
                ? DebugRegisters.NONE
                : new DebugRegisters(
                        addresses[0], addresses[1], addresses[2], addresses[3], enabled);
    }

    /** The task: execve(2). Its context is a new one. */
    void clear() {
        Arrays.fill(slots, null);
        control = 0;
        changed = false;
    }
}

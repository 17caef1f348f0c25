package dev.moat.api.platform;

/**
 * What the processor watches for a thread: debug registers 0 to 3 and 7 of x86, with nothing in
 * them that a user mode thread could not have. Register 7 has bits for those that count only.
 *
 * <p>Source: Intel SDM volume 3, 19.2; arch/x86/include/uapi/asm/debugreg.h.
 *
 * @param address0 what register 0 watches
 * @param address1 what register 1 watches
 * @param address2 what register 2 watches
 * @param address3 what register 3 watches
 * @param control register 7; 0: nothing is watched
 */
public record DebugRegisters(
        long address0, long address1, long address2, long address3, long control) {
    /** Nothing is watched. */
    public static final DebugRegisters NONE = new DebugRegisters(0, 0, 0, 0, 0);

    /** {@code DR6_RESERVED}: what register 6 holds when nothing has happened. */
    public static final long IDLE_STATUS = 0xffff0ff0L;

    /** {@code DR_STEP}: in register 6 of a thread that has made a single step. */
    public static final long STEP_STATUS = 0x4000L;

    private static final long USER_AREA_OFFSET = 848;
    private static final int STATUS = 6;

    // Register 7: two bits switch each register on.
    private static final int ENABLE_BITS = 2;
    private static final long ENABLE_MASK = 3;
    private static final long ENABLED = 0xff;

    private static final int CONTROL = 7;

    /** Where PTRACE_PEEKUSER finds register 6. */
    public static final long STATUS_OFFSET = USER_AREA_OFFSET + STATUS * Long.BYTES;

    /** PTRACE_POKEUSER of a stopped thread: 0 or a negated errno. */
    @FunctionalInterface
    public interface UserArea {
        int poke(long offset, long value);
    }

    public boolean isNone() {
        return control == 0;
    }

    /**
     * Without those that watch what lies at {@code limit} or above: a guest has nothing there, but
     * the platform may, and must not be stopped in it.
     */
    public DebugRegisters below(long limit) {
        long[] addresses = {address0, address1, address2, address3};
        long left = control;
        for (int i = 0; i < addresses.length; i++) {
            if (Long.compareUnsigned(addresses[i], limit - Long.BYTES) > 0) {
                left &= ~(ENABLE_MASK << i * ENABLE_BITS);
                addresses[i] = 0;
            }
        }
        return (left & ENABLED) == 0
                ? NONE
                : new DebugRegisters(addresses[0], addresses[1], addresses[2], addresses[3], left);
    }

    /** Gives them to a thread; the first negated errno, or 0. */
    public int writeTo(UserArea area) {
        // Nothing counts while addresses change: each has to suit the length that it has then.
        int result = area.poke(USER_AREA_OFFSET + CONTROL * Long.BYTES, 0);
        if (isNone() || result < 0) {
            return result;
        }
        long[] addresses = {address0, address1, address2, address3};
        for (int i = 0; i < addresses.length && result >= 0; i++) {
            result = area.poke(USER_AREA_OFFSET + (long) i * Long.BYTES, addresses[i]);
        }
        return result < 0 ? result : area.poke(USER_AREA_OFFSET + CONTROL * Long.BYTES, control);
    }
}

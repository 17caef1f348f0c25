package dev.moat.api.platform;

/**
 * The complete user-visible CPU state of a stopped guest thread.
 *
 * @param registers UserRegs.COUNT values
 * @param fpState XSAVE image
 */
@SuppressWarnings("ArrayRecordComponent") // moved once, never compared
public record ContextState(long[] registers, byte[] fpState) {
    /** Copies the state of {@code context}; called on its task's thread, between two runs. */
    public static ContextState of(ExecutionContext context) {
        long[] registers = new long[REGISTER_COUNT];
        context.registers().copyTo(registers);
        byte[] fpState = new byte[context.fpStateBytes()];
        context.saveFpState(fpState);
        return new ContextState(registers, fpState);
    }

    /** {@code UserRegs.COUNT}: longs in {@code user_regs_struct}. */
    private static final int REGISTER_COUNT = 27;
}

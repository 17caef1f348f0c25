package dev.moat.platform.ptrace;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.moat.abi.UserRegs;
import dev.moat.api.platform.Access;
import dev.moat.api.platform.Registers;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SegmentAllocator;

/**
 * Tells what an instruction that faulted wanted: ptrace gives the address of a fault but not the
 * error code. Answers {@link Access#UNKNOWN} wherever it is not sure. Guests may change the
 * instruction meanwhile: they harm themselves only.
 *
 * <p>Source: Intel SDM volume 2, appendix A (opcode maps).
 */
final class AccessDecoder {
    /** Longest x86 instruction. */
    private static final int MAX_INSTRUCTION_BYTES = 15;

    private static final int WORD_BYTES = 8;

    private final Tracee thread;
    private final Registers registers;
    private final MemorySegment code;

    AccessDecoder(Tracee thread, Registers registers, SegmentAllocator memory) {
        this.thread = thread;
        this.registers = registers;
        code = memory.allocate(2 * WORD_BYTES, WORD_BYTES);
    }

    /** What the instruction at {@code rip} wanted of {@code address}. */
    Access accessAt(long rip, long address) {
        if (address == rip || crossesInto(rip, address)) {
            return Access.EXECUTE;
        }
        // the second word may be on a page that is not there: then it is no part of the instruction
        code.fill((byte) 0);
        if (thread.readWord(rip, code) < 0) {
            return Access.UNKNOWN;
        }
        thread.readWord(rip + WORD_BYTES, code.asSlice(WORD_BYTES));
        Instruction instruction = Instruction.parse(code.toArray(JAVA_BYTE));
        return switch (MemoryUse.of(instruction)) {
            case READS -> Access.READ;
            case WRITES -> Access.WRITE;
            case PUSHES_MEMORY -> isBelowStack(address) ? Access.WRITE : Access.READ;
            case POPS_MEMORY -> isTopOfStack(address) ? Access.READ : Access.WRITE;
            case COPIES -> isNearerToTarget(address) ? Access.WRITE : Access.READ;
            case NOT_SURE -> Access.UNKNOWN;
        };
    }

    /** Whether the fault may be the fetch of an instruction's second half, on the next page. */
    private static boolean crossesInto(long rip, long address) {
        return (address & (StubLayout.PAGE_BYTES - 1)) == 0
                && address > rip
                && address - rip < MAX_INSTRUCTION_BYTES;
    }

    private boolean isBelowStack(long address) {
        long rsp = registers.get(UserRegs.RSP);
        return address < rsp && rsp - address <= WORD_BYTES;
    }

    private boolean isTopOfStack(long address) {
        long rsp = registers.get(UserRegs.RSP);
        return address >= rsp && address - rsp < WORD_BYTES;
    }

    private boolean isNearerToTarget(long address) {
        long target = Math.abs(address - registers.get(UserRegs.RDI));
        long source = Math.abs(address - registers.get(UserRegs.RSI));
        return target < source;
    }
}

package dev.moat.bpf.verify;

import static dev.moat.abi.Bpf.*;

import dev.moat.abi.Errno;
import dev.moat.bpf.Instruction;
import java.util.BitSet;
import java.util.function.IntPredicate;

/**
 * Looks at instructions without following values: codes, jumps, and whether all are reached.
 * check_subprogs(), resolve_pseudo_ldimm64(), check_cfg() of kernel/bpf/verifier.c.
 */
final class Structure {
    /** Source registers of a load of 64 bits and of a call that make something else of it. */
    private static final int PSEUDO_MAP = 1;

    private static final int PSEUDO_FUNCTION = 1;
    private static final long LOW = 0xffff_ffffL;

    private final long[] program;
    private final BitSet joints = new BitSet();

    Structure(long[] program) {
        this.program = program;
    }

    /** Where jumps lead. */
    BitSet joints() {
        return joints;
    }

    /**
     * @param isOpen whether a number is that of an open file of the caller
     */
    void check(IntPredicate isOpen) throws Refusal {
        checkCalls();
        checkJumps();
        checkCodes(isOpen);
        checkReached();
    }

    private void checkCalls() throws Refusal {
        for (long each : program) {
            if (Instruction.code(each) == Instruction.CALL && Instruction.source(each) != 0) {
                boolean own = Instruction.source(each) == PSEUDO_FUNCTION;
                throw Refusal.invalid(
                        own
                                ? "calls of functions of the program are not supported"
                                : "calls of kernel functions are not supported");
            }
        }
    }

    private void checkJumps() throws Refusal {
        for (int i = 0; i < program.length; i++) {
            if (Instruction.isJump(program[i])) {
                long to = Instruction.destination(program[i], i);
                if (to < 0 || to >= program.length) {
                    throw Refusal.invalid("jump out of range from insn " + i + " to " + to);
                }
                joints.set((int) to);
            }
        }
        long last = program[program.length - 1];
        if (Instruction.code(last) != Instruction.EXIT && !Instruction.isAlways(last)) {
            throw Refusal.invalid("last insn is not an exit or jmp");
        }
    }

    private void checkCodes(IntPredicate isOpen) throws Refusal {
        for (int i = 0; i < program.length; i++) {
            long each = program[i];
            int mode = Instruction.mode(each);
            if (Instruction.kind(each) == BPF_LDX
                    && (mode != BPF_MEM && mode != Instruction.SIGNED_MODE
                            || Instruction.immediate(each) != 0)) {
                throw Refusal.invalid("BPF_LDX uses reserved fields");
            }
            if (Instruction.code(each) == Instruction.LOAD_WIDE) {
                checkWideLoad(i, isOpen);
                i++;
            } else if (!Codes.isKnown(Instruction.code(each))) {
                throw Refusal.invalid("unknown opcode %02x".formatted(Instruction.code(each)));
            }
        }
    }

    private void checkWideLoad(int at, IntPredicate isOpen) throws Refusal {
        long second = at + 1 < program.length ? program[at + 1] : -1;
        if ((second & LOW) != 0) {
            throw Refusal.invalid("invalid bpf_ld_imm64 insn");
        }
        int source = Instruction.source(program[at]);
        if (source == PSEUDO_MAP) {
            int fd = Instruction.immediate(program[at]);
            throw new Refusal(
                    isOpen.test(fd) ? Errno.EINVAL : Errno.EBADF,
                    "fd " + fd + " is not pointing to valid bpf_map");
        }
        if (source != 0) {
            throw Refusal.invalid("unrecognized bpf_ld_imm64 insn");
        }
    }

    private void checkReached() throws Refusal {
        BitSet reached = new BitSet(program.length);
        // each of them once, in the order in which they come
        BitSet known = new BitSet(program.length);
        int[] waiting = new int[program.length];
        int count = 1;
        for (int i = 0; i < count; i++) {
            // straight on as long as it goes: most programs need no more
            for (int at = waiting[i]; at < program.length && !reached.get(at); at++) {
                reached.set(at);
                long each = program[at];
                if (Instruction.code(each) == Instruction.EXIT) {
                    break;
                }
                if (Instruction.isJump(each)) {
                    int to = (int) Instruction.destination(each, at);
                    if (!reached.get(to) && !known.get(to)) {
                        known.set(to);
                        waiting[count++] = to;
                    }
                    if (Instruction.isAlways(each)) {
                        break;
                    }
                } else if (Instruction.code(each) == Instruction.LOAD_WIDE) {
                    at++;
                }
            }
        }
        for (int i = 0; i < program.length; i++) {
            if (!reached.get(i)) {
                throw Refusal.invalid("unreachable insn " + i);
            }
            if (Instruction.code(program[i]) == Instruction.LOAD_WIDE) {
                i++;
                if (reached.get(i)) {
                    throw Refusal.invalid("jump into the middle of ldimm64 insn " + (i - 1));
                }
            }
        }
    }
}

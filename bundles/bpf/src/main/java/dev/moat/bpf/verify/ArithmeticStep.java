package dev.moat.bpf.verify;

import static dev.moat.abi.Bpf.*;

import dev.moat.bpf.Arithmetic;
import dev.moat.bpf.Instruction;

/** What one instruction of BPF_ALU or BPF_ALU64 makes of registers: check_alu_op(). */
final class ArithmeticStep {
    /** BPF_MAX_VAR_OFF: no offset of a pointer is larger. */
    private static final long MOST_OFFSET = 1 << 29;

    private final Knowledge now;
    private final boolean leaks;
    private final long instruction;
    private final int operation;
    private final int target;
    private final boolean wide;

    /**
     * @param leaks whether the program may look at addresses as numbers: CAP_PERFMON
     */
    ArithmeticStep(Knowledge now, long instruction, boolean leaks) {
        this.now = now;
        this.leaks = leaks;
        this.instruction = instruction;
        this.operation = Instruction.operation(instruction);
        this.target = Instruction.target(instruction);
        this.wide = Instruction.kind(instruction) == BPF_ALU64;
    }

    void run() throws Refusal {
        switch (operation) {
            case BPF_NEG, BPF_END -> runUnary();
            case BPF_MOV -> runMove();
            default -> runBinary();
        }
    }

    private void runUnary() throws Refusal {
        int immediate = Instruction.immediate(instruction);
        boolean none = Instruction.source(instruction) == 0 && Instruction.offset(instruction) == 0;
        boolean swaps = operation == BPF_END;
        if (!swaps && !(none && immediate == 0)) {
            throw Refusal.invalid("BPF_NEG uses reserved fields");
        }
        if (swaps && !(none && (immediate == 16 || immediate == 32 || immediate == 64))) {
            throw Refusal.invalid("BPF_END uses reserved fields");
        }
        Value old = Registers.read(now, target);
        if (old instanceof Pointer && !leaks) {
            throw Refusal.access("R" + target + " pointer arithmetic prohibited");
        }
        Registers.checkWritable(target);
        boolean reverses = wide || Instruction.isRegister(instruction);
        Scalar result;
        if (old instanceof Scalar known && known.isConstant()) {
            result =
                    Scalar.of(
                            swaps
                                    ? Arithmetic.order(reverses, immediate, known.least())
                                    : Arithmetic.negate(wide, known.least()));
        } else {
            result = Scalar.ofBytes(swaps ? immediate / 8 : wide ? 8 : 4);
        }
        now.set(target, result);
    }

    private void runMove() throws Refusal {
        int offset = Instruction.offset(instruction);
        Value from;
        if (Instruction.isRegister(instruction)) {
            boolean known = offset == 0 || offset == 8 || offset == 16 || wide && offset == 32;
            if (Instruction.immediate(instruction) != 0 || !known) {
                throw Refusal.invalid("BPF_MOV uses reserved fields");
            }
            from = Registers.read(now, Instruction.source(instruction));
        } else {
            if (Instruction.source(instruction) != 0 || offset != 0) {
                throw Refusal.invalid("BPF_MOV uses reserved fields");
            }
            from = Scalar.of(Instruction.immediate(instruction));
        }
        Registers.checkWritable(target);
        if (from instanceof Pointer && !(wide && offset == 0)) {
            if (!leaks) {
                String what = offset == 0 ? "partial copy of" : "sign-extension part of";
                throw Refusal.access(
                        "R" + Instruction.source(instruction) + " " + what + " pointer");
            }
            now.set(target, Scalar.ofBytes(wide ? 8 : 4));
        } else if (from instanceof Scalar number) {
            now.set(target, Scalar.binary(BPF_MOV, wide, offset, Scalar.ANY, number));
        } else {
            now.set(target, from);
        }
    }

    private void runBinary() throws Refusal {
        int offset = Instruction.offset(instruction);
        boolean register = Instruction.isRegister(instruction);
        boolean divides = operation == BPF_DIV || operation == BPF_MOD;
        int unused =
                register ? Instruction.immediate(instruction) : Instruction.source(instruction);
        if (unused != 0 || offset != 0 && !(divides && offset == 1)) {
            throw Refusal.invalid("BPF_ALU uses reserved fields");
        }
        Value right =
                register
                        ? Registers.read(now, Instruction.source(instruction))
                        : Scalar.of(Instruction.immediate(instruction));
        Value left = Registers.read(now, target);
        if (!register) {
            checkConstant(divides);
        }
        Registers.checkWritable(target);
        now.set(target, result(left, right, offset));
    }

    private void checkConstant(boolean divides) throws Refusal {
        int value = Instruction.immediate(instruction);
        if (divides && value == 0) {
            throw Refusal.invalid("div by zero");
        }
        boolean shifts = operation == BPF_LSH || operation == BPF_RSH || operation == BPF_ARSH;
        if (shifts && (value < 0 || value >= (wide ? 64 : 32))) {
            throw Refusal.invalid("invalid shift " + value);
        }
    }

    private Value result(Value left, Value right, int offset) throws Refusal {
        if (left instanceof Scalar a && right instanceof Scalar b) {
            return Scalar.binary(operation, wide, offset, a, b);
        }
        if (left instanceof Pointer && right instanceof Pointer) {
            if (operation == BPF_SUB && leaks) {
                return Scalar.ofBytes(wide ? 8 : 4);
            }
            throw Refusal.access(
                    "R" + target + " pointer " + Codes.operator(operation) + " pointer prohibited");
        }
        return left instanceof Pointer pointer && right instanceof Scalar distance
                ? moved(pointer, distance)
                : movedFromNumber((Scalar) left, (Pointer) right);
    }

    private Value movedFromNumber(Scalar distance, Pointer pointer) throws Refusal {
        if (wide && operation == BPF_SUB) {
            throw Refusal.access("R" + target + " tried to subtract pointer from scalar");
        }
        return moved(pointer, distance);
    }

    private Value moved(Pointer pointer, Scalar distance) throws Refusal {
        if (!wide) {
            if (operation == BPF_SUB && leaks) {
                return Scalar.ofBytes(4);
            }
            throw Refusal.access("R" + target + " 32-bit pointer arithmetic prohibited");
        }
        switch (operation) {
            case BPF_ADD, BPF_SUB -> {
                if (!distance.isConstant()) {
                    return new Pointer(pointer.kind(), pointer.offset(), false);
                }
                long by = distance.least();
                if (by <= -MOST_OFFSET || by >= MOST_OFFSET) {
                    throw Refusal.access(
                            "math between "
                                    + pointer.kind().label()
                                    + " pointer and "
                                    + by
                                    + " is not allowed");
                }
                long to = operation == BPF_ADD ? pointer.offset() + by : pointer.offset() - by;
                if (to <= -MOST_OFFSET || to >= MOST_OFFSET) {
                    throw Refusal.access(
                            pointer.kind().label() + " pointer offset " + to + " is not allowed");
                }
                return new Pointer(pointer.kind(), to, pointer.known());
            }
            case BPF_AND, BPF_OR, BPF_XOR ->
                    throw Refusal.access(
                            "R"
                                    + target
                                    + " bitwise operator "
                                    + Codes.operator(operation)
                                    + " on pointer prohibited");
            default ->
                    throw Refusal.access(
                            "R"
                                    + target
                                    + " pointer arithmetic with "
                                    + Codes.operator(operation)
                                    + " operator prohibited");
        }
    }
}

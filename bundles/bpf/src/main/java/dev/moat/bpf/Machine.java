package dev.moat.bpf;

import static dev.moat.abi.Bpf.*;

import dev.moat.api.cgroup.DeviceUse;
import dev.moat.api.cgroup.StepBudget;
import dev.moat.api.task.Task;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import org.jspecify.annotations.Nullable;

/**
 * Runs a program once. Though the verifier has seen it, addresses and steps are counted again:
 * whatever goes wrong forbids what was asked for.
 */
final class Machine {
    /** What a program that goes wrong answers. */
    static final long FORBIDDEN = 0;

    private static final int REGISTERS = 16;
    private static final int STACK_BYTES = 512;
    private static final int CONTEXT_BYTES = 12;

    /** Where the context and the end of the stack seem to lie: like addresses of a kernel. */
    private static final long CONTEXT = 0xffff_c900_0000_0000L;

    private static final long FRAME = 0xffff_c900_0001_0000L;

    private static final VarHandle SHORTS =
            MethodHandles.byteArrayViewVarHandle(short[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle INTS =
            MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
    private static final VarHandle LONGS =
            MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);

    private final long[] program;
    private final Task task;
    private final byte[] context = new byte[CONTEXT_BYTES];
    private final byte[] stack = new byte[STACK_BYTES];
    private final long[] registers = new long[REGISTERS];

    Machine(long[] program, Task task, DeviceUse use) {
        this.program = program;
        this.task = task;
        INTS.set(context, 0, use.access() << 16 | use.type());
        INTS.set(context, 4, use.major());
        INTS.set(context, 8, use.minor());
        registers[1] = CONTEXT;
        registers[10] = FRAME;
    }

    /** What the program leaves in register 0. */
    long run(StepBudget budget) {
        int at = 0;
        while (budget.take()) {
            long each = program[at];
            switch (Instruction.kind(each)) {
                case BPF_ALU, BPF_ALU64 -> compute(each);
                case BPF_LD -> {
                    at++;
                    long high = (long) Instruction.immediate(program[at]) << 32;
                    registers[Instruction.target(each)] =
                            high | Integer.toUnsignedLong(Instruction.immediate(each));
                }
                case BPF_LDX, BPF_ST, BPF_STX -> {
                    if (!move(each)) {
                        return FORBIDDEN;
                    }
                }
                default -> {
                    if (Instruction.code(each) == Instruction.EXIT) {
                        return registers[0];
                    }
                    if (Instruction.code(each) == Instruction.CALL) {
                        Helper helper = Helper.of(Instruction.immediate(each));
                        if (helper == null) {
                            return FORBIDDEN;
                        }
                        registers[0] = helper.call(task);
                    } else if (isTaken(each)) {
                        at = (int) Instruction.destination(each, at) - 1;
                    }
                }
            }
            at++;
        }
        return FORBIDDEN;
    }

    private void compute(long each) {
        int operation = Instruction.operation(each);
        int target = Instruction.target(each);
        boolean wide = Instruction.kind(each) == BPF_ALU64;
        boolean register = Instruction.isRegister(each);
        long old = registers[target];
        registers[target] =
                switch (operation) {
                    case BPF_NEG -> Arithmetic.negate(wide, old);
                    case BPF_END ->
                            Arithmetic.order(wide || register, Instruction.immediate(each), old);
                    default -> {
                        long second =
                                register
                                        ? registers[Instruction.source(each)]
                                        : Instruction.immediate(each);
                        int offset = Instruction.offset(each);
                        yield Arithmetic.binary(operation, wide, offset, old, second);
                    }
                };
    }

    private boolean isTaken(long each) {
        if (Instruction.isAlways(each)) {
            return true;
        }
        long right =
                Instruction.isRegister(each)
                        ? registers[Instruction.source(each)]
                        : Instruction.immediate(each);
        boolean wide = Instruction.kind(each) == BPF_JMP;
        long left = registers[Instruction.target(each)];
        return Arithmetic.holds(Instruction.operation(each), wide, left, right);
    }

    /** A load or a store; false: there is nothing at that address. */
    private boolean move(long each) {
        boolean loads = Instruction.kind(each) == BPF_LDX;
        int base = loads ? Instruction.source(each) : Instruction.target(each);
        long addr = registers[base] + Instruction.offset(each);
        int size = Instruction.sizeBytes(each);
        long onStack = addr - (FRAME - STACK_BYTES);
        long inContext = addr - CONTEXT;
        byte @Nullable [] bytes = null;
        int at = 0;
        if (onStack >= 0 && onStack <= STACK_BYTES - size) {
            bytes = stack;
            at = (int) onStack;
        } else if (loads && inContext >= 0 && inContext <= CONTEXT_BYTES - size) {
            bytes = context;
            at = (int) inContext;
        }
        if (bytes == null) {
            return false;
        }
        if (loads) {
            boolean signed = Instruction.mode(each) == Instruction.SIGNED_MODE;
            long raw = load(bytes, at, size);
            registers[Instruction.target(each)] = signed ? Arithmetic.extend(raw, 8 * size) : raw;
        } else {
            boolean register = Instruction.kind(each) == BPF_STX;
            long value =
                    register ? registers[Instruction.source(each)] : Instruction.immediate(each);
            store(bytes, at, size, value);
        }
        return true;
    }

    private static long load(byte[] bytes, int at, int size) {
        return switch (size) {
            case 1 -> bytes[at] & 0xffL;
            case 2 -> (short) SHORTS.get(bytes, at) & 0xffffL;
            case 4 -> Integer.toUnsignedLong((int) INTS.get(bytes, at));
            default -> (long) LONGS.get(bytes, at);
        };
    }

    private static void store(byte[] bytes, int at, int size, long value) {
        switch (size) {
            case 1 -> bytes[at] = (byte) value;
            case 2 -> SHORTS.set(bytes, at, (short) value);
            case 4 -> INTS.set(bytes, at, (int) value);
            default -> LONGS.set(bytes, at, value);
        }
    }
}

package dev.moat.lib.stub;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;

/**
 * Assembles a seccomp(2) filter: instructions in order, jumps forward to labels, {@code struct
 * sock_filter[]} at the end.
 *
 * <p>Source: include/uapi/linux/bpf_common.h, include/uapi/linux/seccomp.h.
 */
public final class SeccompProgram {
    public static final int RET_ALLOW = 0x7fff0000;
    public static final int RET_USER_NOTIFICATION = 0x7fc00000;
    public static final int RET_TRAP = 0x00030000;
    public static final int RET_KILL_PROCESS = 0x80000000;

    public static final int AUDIT_ARCH_X86_64 = 0xc000003e;

    // struct seccomp_data
    public static final int NUMBER = 0;
    public static final int ARCHITECTURE = 4;
    public static final int IP_LOW = 8;
    public static final int IP_HIGH = 12;
    public static final int FIRST_ARGUMENT = 16;

    /** The next instruction, as the target of a jump. */
    public static final int NEXT = -1;

    private static final int LOAD_WORD = 0x20;
    private static final int AND = 0x54;
    private static final int JUMP_IF_EQUAL = 0x15;
    private static final int RETURN = 0x06;
    private static final int MAX_JUMP = 255;
    private static final int INSTRUCTION_BYTES = 8;

    private final List<Instruction> instructions = new ArrayList<>();
    private final List<Integer> labels = new ArrayList<>();

    private record Instruction(int opcode, int ifTrue, int ifFalse, int operand) {}

    /** A place to jump to, {@link #place}d later. */
    public int label() {
        labels.add(NEXT);
        return labels.size() - 1;
    }

    /** Puts a label before the next instruction. */
    public void place(int label) {
        labels.set(label, instructions.size());
    }

    /** Loads the word at {@code offset} of {@code struct seccomp_data}. */
    public void load(int offset) {
        add(LOAD_WORD, NEXT, NEXT, offset);
    }

    public void and(int mask) {
        add(AND, NEXT, NEXT, mask);
    }

    /** Goes to one of two labels, or on ({@link #NEXT}). */
    public void ifEqual(int value, int ifTrue, int ifFalse) {
        add(JUMP_IF_EQUAL, ifTrue, ifFalse, value);
    }

    public void answer(int action) {
        add(RETURN, NEXT, NEXT, action);
    }

    private void add(int opcode, int ifTrue, int ifFalse, int operand) {
        instructions.add(new Instruction(opcode, ifTrue, ifFalse, operand));
    }

    /** The instructions as {@code struct sock_filter[]}. */
    public byte[] toBytes() {
        ByteBuffer code =
                ByteBuffer.allocate(instructions.size() * INSTRUCTION_BYTES)
                        .order(ByteOrder.LITTLE_ENDIAN);
        for (int at = 0; at < instructions.size(); at++) {
            Instruction instruction = instructions.get(at);
            code.putShort((short) instruction.opcode)
                    .put(distance(at, instruction.ifTrue))
                    .put(distance(at, instruction.ifFalse))
                    .putInt(instruction.operand);
        }
        return code.array();
    }

    private byte distance(int at, int label) {
        int distance = label == NEXT ? 0 : labels.get(label) - (at + 1);
        if (distance < 0 || distance > MAX_JUMP) {
            throw new IllegalStateException("no jump of " + distance + " instructions");
        }
        return (byte) distance;
    }
}

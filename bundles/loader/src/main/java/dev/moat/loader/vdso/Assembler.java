package dev.moat.loader.vdso;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/** Puts functions together from instruction bytes; short jumps go to labels. */
final class Assembler {
    private static final int FUNCTION_ALIGN = 16;
    private static final int NOP = 0x90;

    private final Bytes code = new Bytes();
    private final List<VdsoCode.Function> functions = new ArrayList<>();

    /**
     * Of the function under way: label to offset, and offset of a jump's displacement byte to its
     * label.
     */
    private final Map<String, Integer> labels = new HashMap<>();

    private final Map<Integer, String> jumps = new HashMap<>();
    private String name = "";
    private int start;

    /** Begins a function. */
    void begin(String functionName) {
        code.align(FUNCTION_ALIGN, NOP);
        name = functionName;
        start = code.length();
    }

    /** Ends the function under way: resolves its jumps. */
    void end() {
        for (Map.Entry<Integer, String> jump : jumps.entrySet()) {
            Integer target = labels.get(jump.getValue());
            int distance = target == null ? Integer.MAX_VALUE : target - (jump.getKey() + 1);
            if (distance < Byte.MIN_VALUE || distance > Byte.MAX_VALUE) {
                throw new IllegalStateException("label " + jump.getValue() + " out of reach");
            }
            code.setU8(jump.getKey(), distance);
        }
        functions.add(new VdsoCode.Function(name, start, code.length() - start));
        labels.clear();
        jumps.clear();
    }

    /** One instruction, or several. */
    Assembler op(int... bytes) {
        code.u8(bytes);
        return this;
    }

    /** A 32-bit immediate or displacement. */
    Assembler imm32(int value) {
        code.u32(value);
        return this;
    }

    Assembler label(String label) {
        labels.put(label, code.length());
        return this;
    }

    /** A jump with a signed byte of distance: opcode 0xeb, or 0x70 to 0x7f for conditions. */
    Assembler jump(int opcode, String label) {
        code.u8(opcode);
        jumps.put(code.length(), label);
        code.u8(0);
        return this;
    }

    int position() {
        return code.length();
    }

    Assembler systemCallAndReturn(int number) {
        op(0xb8).imm32(number); // mov $number, %eax
        op(0x0f, 0x05); // syscall
        return op(0xc3); // ret
    }

    VdsoCode finish() {
        code.align(FUNCTION_ALIGN, NOP);
        return new VdsoCode(code.toArray(), List.copyOf(functions));
    }
}

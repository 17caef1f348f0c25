package dev.moat.lib.stub;

import static jnr.x86asm.Asm.imm;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.function.Consumer;
import jnr.x86asm.Asm;
import jnr.x86asm.Assembler;
import jnr.x86asm.CPU;
import jnr.x86asm.Mem;
import jnr.x86asm.Register;

/**
 * jnr-x86asm with what it lacks: {@code syscall}, jumps to labels (its labels cannot be bound) and
 * code of more than 128 bytes (its buffer does not grow): each instruction is assembled by itself
 * and appended here.
 */
public final class StubAssembler {
    /** Second byte of {@code 0F xx rel32}. */
    public static final int JUMP_IF_ZERO = 0x84;

    public static final int JUMP_IF_NOT_ZERO = 0x85;
    public static final int JUMP_IF_ABOVE = 0x87;

    /** Arguments of a system call in order. */
    private static final Register[] ARGUMENTS = {
        Asm.rdi, Asm.rsi, Asm.rdx, Asm.r10, Asm.r8, Asm.r9
    };

    private final ByteBuffer code;

    public StubAssembler(int maxBytes) {
        code = ByteBuffer.allocate(maxBytes).order(ByteOrder.LITTLE_ENDIAN);
    }

    public int here() {
        return code.position();
    }

    public void mov(Register to, Register from) {
        emit(asm -> asm.mov(to, from));
    }

    public void mov(Register to, Mem from) {
        emit(asm -> asm.mov(to, from));
    }

    public void mov(Mem to, Register from) {
        emit(asm -> asm.mov(to, from));
    }

    public void mov(Register to, long value) {
        emit(asm -> asm.mov(to, imm(value)));
    }

    public void add(Register to, int value) {
        emit(asm -> asm.add(to, imm(value)));
    }

    public void sub(Register from, int value) {
        emit(asm -> asm.sub(from, imm(value)));
    }

    public void and(Register register, int value) {
        emit(asm -> asm.and_(register, imm(value)));
    }

    public void cmp(Register register, int value) {
        emit(asm -> asm.cmp(register, imm(value)));
    }

    public void cmp(Register register, Register other) {
        emit(asm -> asm.cmp(register, other));
    }

    public void test(Register register) {
        emit(asm -> asm.test(register, register));
    }

    public void jump(Register target) {
        emit(asm -> asm.jmp(target));
    }

    public void int3() {
        emit(Assembler::int3);
    }

    private void emit(Consumer<Assembler> instruction) {
        Assembler asm = new Assembler(CPU.X86_64);
        instruction.accept(asm);
        ByteBuffer bytes = ByteBuffer.allocate(asm.codeSize()).order(ByteOrder.LITTLE_ENDIAN);
        asm.relocCode(bytes, 0);
        code.put(bytes.array());
    }

    /** {@code syscall} with constant arguments; rax holds the result, rcx and r11 are lost. */
    public void systemCall(int number, long... arguments) {
        for (int i = 0; i < arguments.length; i++) {
            mov(ARGUMENTS[i], arguments[i]);
        }
        mov(Asm.rax, number);
        syscall();
    }

    /** Bytes as they are: an instruction that jnr-x86asm lacks. */
    public void raw(int... bytes) {
        for (int value : bytes) {
            code.put((byte) value);
        }
    }

    /** The bare instruction. */
    public void syscall() {
        code.put((byte) 0x0f).put((byte) 0x05);
    }

    /** A conditional jump forward; {@link #land} says where to. */
    public int jumpIf(int condition) {
        code.put((byte) 0x0f).put((byte) condition).putInt(0);
        return here();
    }

    /** A conditional jump to a known place. */
    public void jumpIf(int condition, int target) {
        landAt(jumpIf(condition), target);
    }

    /** A jump to a known place. */
    public void jump(int target) {
        code.put((byte) 0xe9).putInt(0);
        landAt(here(), target);
    }

    /** Makes the given jumps arrive here. */
    public void land(int... jumps) {
        for (int jump : jumps) {
            landAt(jump, here());
        }
    }

    private void landAt(int jumpEnd, int target) {
        code.putInt(jumpEnd - Integer.BYTES, target - jumpEnd);
    }

    /**
     * Sets the eight bytes at {@code at}: the immediate of a {@code mov} whose value was not known.
     */
    public void patch(int at, long value) {
        code.putLong(at, value);
    }

    public byte[] toBytes() {
        byte[] bytes = new byte[here()];
        code.get(0, bytes);
        return bytes;
    }
}

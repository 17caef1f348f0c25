package dev.moat.bpf.verify;

import static dev.moat.abi.Bpf.*;

import dev.moat.bpf.Instruction;

/**
 * What one load or store makes of registers and the stack: check_mem_access(), and
 * cgroup_dev_is_valid_access() of kernel/bpf/cgroup.c.
 */
final class MemoryStep {
    private static final int STACK_BYTES = 512;

    /** The first word of {@code struct bpf_cgroup_dev_ctx} can be read in parts. */
    private static final int WORD = 4;

    private final Knowledge now;
    private final int contextBytes;
    private final boolean leaks;
    private final long instruction;
    private final int size;
    private final int offset;

    MemoryStep(Knowledge now, long instruction, int contextBytes, boolean leaks) {
        this.now = now;
        this.contextBytes = contextBytes;
        this.leaks = leaks;
        this.instruction = instruction;
        this.size = Instruction.sizeBytes(instruction);
        this.offset = Instruction.offset(instruction);
    }

    void load() throws Refusal {
        int source = Instruction.source(instruction);
        int target = Instruction.target(instruction);
        Value from = Registers.read(now, source);
        Registers.checkWritable(target);
        Pointer pointer = pointer(from, source);
        Value loaded;
        if (pointer.kind() == Pointer.Kind.CONTEXT) {
            checkContext(pointer, source, true);
            loaded = Scalar.ofBytes(size);
        } else {
            loaded = fromStack(stackOffset(pointer, source, "read from"));
        }
        boolean signed = Instruction.mode(instruction) == Instruction.SIGNED_MODE;
        if (signed) {
            if (loaded instanceof Pointer) {
                throw Refusal.access("R" + source + " sign-extension part of pointer");
            }
            long half = 1L << 8 * size - 1;
            loaded = Scalar.betweenSigned(-half, half - 1);
        }
        now.set(target, loaded);
    }

    private Value fromStack(long at) throws Refusal {
        Slot slot = now.slot(at);
        if (slot.isPointer() && size != Slot.BYTES) {
            throw Refusal.access("invalid size of register fill");
        }
        Value whole = slot.value();
        if (whole != null && size == Slot.BYTES) {
            return whole;
        }
        int wanted = mask(at);
        if (!leaks && (slot.written() & wanted) != wanted) {
            throw Refusal.access("invalid read from stack off %d+0 size %d".formatted(at, size));
        }
        return Scalar.ofBytes(size);
    }

    /** Which bytes of its slot an access touches. */
    private int mask(long at) {
        int first = (int) (at & Slot.BYTES - 1);
        return ((1 << size) - 1) << first;
    }

    void store() throws Refusal {
        boolean register = Instruction.kind(instruction) == BPF_STX;
        if (Instruction.mode(instruction) != BPF_MEM) {
            throw Refusal.invalid("atomic operations are not supported");
        }
        int unused =
                register ? Instruction.immediate(instruction) : Instruction.source(instruction);
        if (unused != 0) {
            throw Refusal.invalid((register ? "BPF_STX" : "BPF_ST") + " uses reserved fields");
        }
        Value stored =
                register
                        ? Registers.read(now, Instruction.source(instruction))
                        : Scalar.of(Instruction.immediate(instruction));
        int target = Instruction.target(instruction);
        Pointer pointer = pointer(Registers.read(now, target), target);
        if (pointer.kind() == Pointer.Kind.CONTEXT) {
            if (stored instanceof Pointer && !leaks) {
                throw Refusal.access("R%d leaks addr into ctx".formatted(target));
            }
            checkContext(pointer, target, false);
        }
        toStack(stackOffset(pointer, target, "write to"), stored);
    }

    private void toStack(long at, Value stored) throws Refusal {
        if (size == Slot.BYTES) {
            now.setSlot(at, Slot.whole(stored));
            return;
        }
        if (stored instanceof Pointer) {
            throw Refusal.access("invalid size of register spill");
        }
        Slot former = now.slot(at);
        if (former.isPointer() && !leaks) {
            throw Refusal.access("attempt to corrupt spilled pointer on stack");
        }
        now.setSlot(at, new Slot(null, former.written() | mask(at)));
    }

    private static Pointer pointer(Value from, int number) throws Refusal {
        if (from instanceof Pointer pointer) {
            return pointer;
        }
        throw Refusal.access("R" + number + " invalid mem access 'scalar'");
    }

    private void checkContext(Pointer pointer, int number, boolean reads) throws Refusal {
        if (!pointer.known()) {
            throw Refusal.access("variable ctx access disallowed");
        }
        if (pointer.offset() != 0) {
            throw Refusal.access(
                    "dereference of modified ctx ptr R%d off=%d disallowed"
                            .formatted(number, pointer.offset()));
        }
        boolean fits =
                reads
                        && offset >= 0
                        && offset + size <= contextBytes
                        && offset % size == 0
                        && size <= WORD
                        && (offset < WORD || size == WORD);
        if (!fits) {
            throw Refusal.access(
                    "invalid bpf_context access off=%d size=%d".formatted(offset, size));
        }
    }

    /** From the end of the stack, below 0. */
    private long stackOffset(Pointer pointer, int number, String what) throws Refusal {
        if (!pointer.known()) {
            throw Refusal.access("R" + number + " variable stack access is not supported");
        }
        long at = pointer.offset() + offset;
        if (at % size != 0) {
            throw Refusal.access(
                    "misaligned stack access off 0+%d+%d size %d"
                            .formatted(pointer.offset(), offset, size));
        }
        if (at < -STACK_BYTES || at + size > 0) {
            throw Refusal.access(
                    "invalid %s stack R%d off=%d size=%d".formatted(what, number, at, size));
        }
        return at;
    }
}

package dev.moat.bpf.verify;

import static dev.moat.abi.Bpf.*;

import dev.moat.abi.Errno;
import dev.moat.bpf.Helper;
import dev.moat.bpf.Instruction;
import dev.moat.bpf.ProgramType;
import dev.moat.bpf.Rights;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.IntPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Follows all paths through a program: do_check(), kernel/bpf/verifier.c. A path ends where it
 * exits, or where one that knew no more has been before. What is refused although Linux takes it:
 * atomic operations, calls of functions of the program, addresses of the stack with offsets that
 * are not known.
 */
public final class Verifier {
    /** BPF_COMPLEXITY_LIMIT_INSNS. */
    private static final int MOST_STEPS = 1_000_000;

    /** BPF_COMPLEXITY_LIMIT_JMP_SEQ. */
    private static final int MOST_WAITING = 8192;

    /** What is remembered of one place; of a loop that goes round more often the rest is not. */
    private static final int MOST_NODES_AT = 64;

    private static final int STEPS_BETWEEN_LOOKS = 4096;

    private final long[] program;
    private final ProgramType type;
    private final Rights rights;
    private final Ration ration;
    private final Map<Integer, List<Node>> nodes = new HashMap<>();
    private final Deque<Waiting> waiting = new ArrayDeque<>();
    private int steps;
    private int states;

    /** A path that is still to be followed. */
    private record Waiting(int at, Knowledge knowledge, @Nullable Node node) {}

    /** What a verification may use. */
    public interface Ration {
        /** Whether so much more may be remembered, for one more place. */
        boolean takeNode(int bytes);

        /** Whether the caller is wanted elsewhere. */
        boolean isInterrupted();
    }

    /**
     * @param program at least one instruction
     */
    public Verifier(long[] program, ProgramType type, Rights rights, Ration ration) {
        this.program = program;
        this.type = type;
        this.rights = rights;
        this.ration = ration;
    }

    /** Instructions followed so far. */
    public int steps() {
        return steps;
    }

    /** What the log says at its end. */
    public String summary() {
        int most = nodes.values().stream().mapToInt(List::size).max().orElse(0);
        return "processed %d insns (limit %d) max_states_per_insn %d total_states %d peak_states %d mark_read 0\n"
                .formatted(steps, MOST_STEPS, most, states, states);
    }

    /**
     * @param isOpen whether a number is that of an open file of the caller
     * @throws Refusal it must not run; EAGAIN: interrupted; ENOMEM
     */
    public void verify(IntPredicate isOpen) throws Refusal {
        Structure structure = new Structure(program);
        structure.check(isOpen);
        short[] live = Liveness.of(program);
        waiting.push(new Waiting(0, new Knowledge(), null));
        while (!waiting.isEmpty()) {
            follow(waiting.pop(), structure.joints(), live);
        }
    }

    private void follow(Waiting from, BitSet joints, short[] live) throws Refusal {
        Knowledge now = from.knowledge();
        Node node = from.node();
        int at = from.at();
        while (true) {
            if (joints.get(at)) {
                List<Node> known = nodes.computeIfAbsent(at, missing -> new ArrayList<>(2));
                if (isKnown(known, now, live[at], at)) {
                    break;
                }
                node = remember(known, now, node);
            }
            count();
            long each = program[at];
            if (Instruction.isJump(each)) {
                at = jump(each, at, now, node);
                continue;
            }
            if (Instruction.code(each) == Instruction.EXIT) {
                checkExit(each, now);
                break;
            }
            step(each, at, now);
            at += Instruction.code(each) == Instruction.LOAD_WIDE ? 2 : 1;
        }
        Node.finish(node);
    }

    private void count() throws Refusal {
        if (++steps > MOST_STEPS) {
            throw new Refusal(
                    Errno.E2BIG, "BPF program is too large. Processed " + steps + " insn");
        }
        if (steps % STEPS_BETWEEN_LOOKS == 0 && ration.isInterrupted()) {
            throw new Refusal(Errno.EAGAIN, "interrupted");
        }
    }

    private static boolean isKnown(List<Node> known, Knowledge now, int live, int at)
            throws Refusal {
        for (Node each : known) {
            if (each.isFinished()) {
                if (each.knowledge.covers(now, live)) {
                    return true;
                }
            } else if (each.knowledge.isSame(now)) {
                throw Refusal.invalid("infinite loop detected at insn " + at);
            }
        }
        return false;
    }

    private @Nullable Node remember(List<Node> known, Knowledge now, @Nullable Node above)
            throws Refusal {
        if (known.size() >= MOST_NODES_AT) {
            return above;
        }
        takeNode(now);
        states++;
        Node made = new Node(now.copy(), above);
        known.add(made);
        return made;
    }

    private void takeNode(Knowledge now) throws Refusal {
        if (!ration.takeNode(now.sizeBytes())) {
            throw new Refusal(Errno.ENOMEM, "out of memory");
        }
    }

    /** Where the path goes on; the other way waits. */
    private int jump(long each, int at, Knowledge now, @Nullable Node node) throws Refusal {
        int there = (int) Instruction.destination(each, at);
        if (Instruction.isAlways(each)) {
            checkAlways(each);
            return there;
        }
        Value left = checkedLeft(each, now);
        Value right =
                Instruction.isRegister(each)
                        ? now.register(Instruction.source(each))
                        : constant(each);
        if (!(left instanceof Scalar a && right instanceof Scalar b)) {
            return fork(each, at, now, now.copy(), node);
        }
        boolean wide = Instruction.kind(each) == BPF_JMP;
        int operation = Instruction.operation(each);
        Comparison taken = Comparison.of(operation, wide, true, a, b);
        Comparison passed = Comparison.of(operation, wide, false, a, b);
        if (taken == null || passed == null) {
            apply(each, now, taken == null ? passed : taken);
            return taken == null ? at + 1 : there;
        }
        Knowledge other = now.copy();
        apply(each, other, taken);
        apply(each, now, passed);
        return fork(each, at, now, other, node);
    }

    private static Scalar constant(long each) {
        long value = Instruction.immediate(each);
        return Scalar.of(Instruction.kind(each) == BPF_JMP ? value : value & 0xffff_ffffL);
    }

    /** First the way on which less is known: what it finds out holds for the other one. */
    private int fork(long each, int at, Knowledge passed, Knowledge taken, @Nullable Node node)
            throws Refusal {
        if (waiting.size() >= MOST_WAITING) {
            throw new Refusal(
                    Errno.E2BIG,
                    "The sequence of " + (waiting.size() + 1) + " jumps is too complex.");
        }
        takeNode(taken);
        if (node != null) {
            node.fork();
        }
        int there = (int) Instruction.destination(each, at);
        boolean takenFirst = Instruction.operation(each) == BPF_JNE;
        if (takenFirst) {
            waiting.push(new Waiting(at + 1, passed.copy(), node));
            // the path that is followed goes on with what it has
            passed.become(taken);
            return there;
        }
        waiting.push(new Waiting(there, taken, node));
        return at + 1;
    }

    private static void apply(long each, Knowledge to, @Nullable Comparison outcome) {
        if (outcome != null) {
            to.set(Instruction.target(each), outcome.left());
            if (Instruction.isRegister(each)) {
                to.set(Instruction.source(each), outcome.right());
            }
        }
    }

    private static void checkAlways(long each) throws Refusal {
        boolean far = Instruction.code(each) == Instruction.LONG_JUMP;
        int unused = far ? Instruction.offset(each) : Instruction.immediate(each);
        if (unused != 0 || Instruction.source(each) != 0 || Instruction.target(each) != 0) {
            throw Refusal.invalid("BPF_JA uses reserved fields");
        }
    }

    private Value checkedLeft(long each, Knowledge now) throws Refusal {
        boolean register = Instruction.isRegister(each);
        int unused = register ? Instruction.immediate(each) : Instruction.source(each);
        if (unused != 0) {
            throw Refusal.invalid("BPF_JMP/JMP32 uses reserved fields");
        }
        int source = Instruction.source(each);
        if (register && Registers.read(now, source) instanceof Pointer && !rights.leaks()) {
            throw Refusal.access("R" + source + " pointer comparison prohibited");
        }
        int target = Instruction.target(each);
        Value left = Registers.read(now, target);
        if (left instanceof Pointer && !rights.leaks()) {
            throw Refusal.access("R" + target + " pointer comparison prohibited");
        }
        return left;
    }

    private void step(long each, int at, Knowledge now) throws Refusal {
        switch (Instruction.kind(each)) {
            case BPF_ALU, BPF_ALU64 -> new ArithmeticStep(now, each, rights.leaks()).run();
            case BPF_LDX -> new MemoryStep(now, each, type.contextBytes(), rights.leaks()).load();
            case BPF_ST, BPF_STX ->
                    new MemoryStep(now, each, type.contextBytes(), rights.leaks()).store();
            case BPF_LD -> loadWide(each, at, now);
            default -> call(each, now);
        }
    }

    private void loadWide(long each, int at, Knowledge now) throws Refusal {
        if (Instruction.code(each) != Instruction.LOAD_WIDE) {
            throw Refusal.invalid(
                    "BPF_LD_[ABS|IND] instructions not allowed for this program type");
        }
        if (Instruction.offset(each) != 0) {
            throw Refusal.invalid("BPF_LD_IMM64 uses reserved fields");
        }
        Registers.checkWritable(Instruction.target(each));
        long high = (long) Instruction.immediate(program[at + 1]) << 32;
        now.set(
                Instruction.target(each),
                Scalar.of(high | Integer.toUnsignedLong(Instruction.immediate(each))));
    }

    private static void call(long each, Knowledge now) throws Refusal {
        if (Instruction.offset(each) != 0 || Instruction.target(each) != 0) {
            throw Refusal.invalid("BPF_CALL uses reserved fields");
        }
        int number = Instruction.immediate(each);
        if (number < 0 || number > Helper.LAST_NUMBER) {
            throw Refusal.invalid("invalid func unknown#" + number);
        }
        if (Helper.of(number) == null) {
            throw Refusal.invalid("program of this type cannot use helper func#" + number);
        }
        for (int i = 1; i <= 5; i++) {
            now.set(i, Value.UNSET);
        }
        now.set(0, Scalar.ANY);
    }

    private void checkExit(long each, Knowledge now) throws Refusal {
        if (Instruction.immediate(each) != 0
                || Instruction.source(each) != 0
                || Instruction.offset(each) != 0
                || Instruction.target(each) != 0) {
            throw Refusal.invalid("BPF_EXIT uses reserved fields");
        }
        Value result = Registers.read(now, 0);
        String subject = "At program exit the register R0 ";
        if (!(result instanceof Scalar number)) {
            if (!rights.leaks()) {
                throw Refusal.access("R0 leaks addr as return value");
            }
            Pointer pointer = (Pointer) result;
            throw Refusal.invalid(
                    subject + "is not a known value (" + pointer.kind().label() + ")");
        }
        if (!Scalar.upTo(1).covers(number)) {
            StringBuilder text = new StringBuilder(subject).append("has");
            if (number.signedLeast() > Long.MIN_VALUE) {
                text.append(" smin=").append(number.signedLeast());
            }
            if (number.signedMost() < Long.MAX_VALUE) {
                text.append(" smax=").append(number.signedMost());
            }
            if (number.equals(Scalar.ANY)) {
                text.append(" unknown scalar value");
            }
            throw Refusal.invalid(text.append(" should have been in [0, 1]").toString());
        }
    }
}

package dev.moat.task.seccomp;

import static dev.moat.lib.bpf.Instructions.*;

import dev.moat.abi.Seccomp;
import dev.moat.abi.SeccompData;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.classfile.Label;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;

/**
 * Makes a class of a checked filter: A, X and the memory become local variables, jumps become
 * jumps, and the JIT does the rest. The class is hidden: it goes with the filter that holds it, and
 * refers to nothing but {@link FilterProgram}.
 */
final class FilterCompiler {
    private static final int WORDS = 1;
    private static final int A = 2;
    private static final int X = 3;
    private static final int MEMORY = 4;
    private static final int SHIFT_MASK = 31;
    private static final int CLASS_MASK = 7;

    private static final ClassDesc PROGRAM = FilterProgram.class.describeConstable().orElseThrow();
    private static final ClassDesc SELF =
            ClassDesc.of(FilterCompiler.class.getPackageName(), "CompiledProgram");
    private static final MethodTypeDesc RUN =
            MethodTypeDesc.of(ConstantDescs.CD_int, ConstantDescs.CD_int.arrayType());
    private static final MethodTypeDesc TWO_INTS =
            MethodTypeDesc.of(ConstantDescs.CD_int, ConstantDescs.CD_int, ConstantDescs.CD_int);

    private final long[] program;
    private final CodeBuilder code;
    private final Label[] labels;

    private FilterCompiler(long[] program, CodeBuilder code) {
        this.program = program;
        this.code = code;
        this.labels = new Label[program.length];
        for (int i = 0; i < labels.length; i++) {
            labels[i] = code.newLabel();
        }
    }

    /**
     * The program as a class of its own.
     *
     * @throws IllegalArgumentException the method would be longer than a class file allows
     */
    static FilterProgram compile(long[] program) {
        byte[] bytes =
                ClassFile.of()
                        .build(
                                SELF,
                                type ->
                                        type.withFlags(
                                                        ClassFile.ACC_FINAL
                                                                | ClassFile.ACC_SYNTHETIC)
                                                .withInterfaceSymbols(PROGRAM)
                                                .withMethodBody(
                                                        ConstantDescs.INIT_NAME,
                                                        ConstantDescs.MTD_void,
                                                        0,
                                                        FilterCompiler::constructor)
                                                .withMethodBody(
                                                        "run",
                                                        RUN,
                                                        ClassFile.ACC_PUBLIC,
                                                        code ->
                                                                new FilterCompiler(program, code)
                                                                        .run()));
        try {
            MethodHandles.Lookup hidden = MethodHandles.lookup().defineHiddenClass(bytes, true);
            return (FilterProgram)
                    hidden.findConstructor(hidden.lookupClass(), MethodType.methodType(void.class))
                            .invoke();
        } catch (Throwable e) {
            throw new IllegalStateException("a filter that was checked does not link", e);
        }
    }

    private static void constructor(CodeBuilder code) {
        code.aload(0)
                .invokespecial(
                        ConstantDescs.CD_Object, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void)
                .return_();
    }

    private void run() {
        for (int local = A; local < MEMORY + Seccomp.BPF_MEMWORDS; local++) {
            code.iconst_0().istore(local);
        }
        // Code that nothing jumps to is left out: a class file needs to know its stack frames.
        boolean[] reached = new boolean[program.length];
        reached[0] = true;
        for (int at = 0; at < program.length; at++) {
            if (reached[at]) {
                code.labelBinding(labels[at]);
                instruction(at, reached);
            }
        }
    }

    private void instruction(int at, boolean[] reached) {
        long instruction = program[at];
        int k = operand(instruction);
        switch (code(instruction)) {
            case LOAD -> code.aload(WORDS).loadConstant(k >>> 2).iaload().istore(A);
            case LOAD_LENGTH -> code.loadConstant((int) SeccompData.SIZE).istore(A);
            case LOAD_CONSTANT -> code.loadConstant(k).istore(A);
            case LOAD_MEMORY -> code.iload(MEMORY + k).istore(A);
            case LOAD_X_LENGTH -> code.loadConstant((int) SeccompData.SIZE).istore(X);
            case LOAD_X_CONSTANT -> code.loadConstant(k).istore(X);
            case LOAD_X_MEMORY -> code.iload(MEMORY + k).istore(X);
            case STORE -> code.iload(A).istore(MEMORY + k);
            case STORE_X -> code.iload(X).istore(MEMORY + k);
            case A_TO_X -> code.iload(A).istore(X);
            case X_TO_A -> code.iload(X).istore(A);
            case NEGATE -> code.iload(A).ineg().istore(A);
            case RETURN -> {
                code.loadConstant(k).ireturn();
                return;
            }
            case RETURN_A -> {
                code.iload(A).ireturn();
                return;
            }
            case JUMP -> {
                code.goto_(labels[at + 1 + k]);
                reached[at + 1 + k] = true;
                return;
            }
            default -> {
                if ((code(instruction) & CLASS_MASK) == Seccomp.BPF_ALU) {
                    arithmetic(instruction);
                } else {
                    branch(at, instruction, reached);
                    return;
                }
            }
        }
        reached[at + 1] = true;
    }

    private void arithmetic(long instruction) {
        boolean byX = (code(instruction) & Seccomp.BPF_X) != 0;
        int operation = code(instruction) & ~Seccomp.BPF_X;
        if (operation == DIVIDE && byX) {
            Label fine = code.newLabel();
            code.iload(X).ifne(fine).iconst_0().ireturn().labelBinding(fine);
        }
        code.iload(A);
        if (byX) {
            code.iload(X);
            if (operation == SHIFT_LEFT || operation == SHIFT_RIGHT) {
                code.loadConstant(SHIFT_MASK).iand();
            }
        } else {
            code.loadConstant(operand(instruction));
        }
        switch (operation) {
            case ADD -> code.iadd();
            case SUBTRACT -> code.isub();
            case MULTIPLY -> code.imul();
            case DIVIDE -> compare("divideUnsigned");
            case AND -> code.iand();
            case OR -> code.ior();
            case XOR -> code.ixor();
            case SHIFT_LEFT -> code.ishl();
            case SHIFT_RIGHT -> code.iushr();
            default -> throw new IllegalStateException("unchecked instruction " + operation);
        }
        code.istore(A);
    }

    private void branch(int at, long instruction, boolean[] reached) {
        int ifTrue = at + 1 + ifTrue(instruction);
        int ifFalse = at + 1 + ifFalse(instruction);
        code.iload(A);
        if ((code(instruction) & Seccomp.BPF_X) != 0) {
            code.iload(X);
        } else {
            code.loadConstant(operand(instruction));
        }
        switch (code(instruction) & ~Seccomp.BPF_X) {
            case JUMP_EQUAL -> code.if_icmpeq(labels[ifTrue]);
            case JUMP_GREATER -> {
                compare("compareUnsigned");
                code.ifgt(labels[ifTrue]);
            }
            case JUMP_AT_LEAST -> {
                compare("compareUnsigned");
                code.ifge(labels[ifTrue]);
            }
            case JUMP_SET -> code.iand().ifne(labels[ifTrue]);
            default ->
                    throw new IllegalStateException("unchecked instruction " + code(instruction));
        }
        reached[ifTrue] = true;
        reached[ifFalse] = true;
        // What follows may be unreachable, and left out.
        code.goto_(labels[ifFalse]);
    }

    private void compare(String method) {
        code.invokestatic(ConstantDescs.CD_Integer, method, TWO_INTS);
    }
}

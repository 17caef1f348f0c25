package dev.moat.syscall;

import dev.moat.api.syscall.SyscallHandler;
import dev.moat.api.task.Task;
import java.lang.classfile.ClassFile;
import java.lang.classfile.CodeBuilder;
import java.lang.constant.ClassDesc;
import java.lang.constant.ConstantDescs;
import java.lang.constant.MethodTypeDesc;
import java.lang.invoke.MethodHandle;
import java.lang.invoke.MethodHandles;
import java.lang.invoke.MethodType;
import java.lang.reflect.Method;

/**
 * Makes the {@link SyscallHandler} of an annotated method: a hidden class, nest mate of the handler
 * class, whose {@code invoke} narrows the {@code int} arguments and calls the method directly.
 *
 * <p>The rejected alternative is a method handle ({@code unreflect}, {@code explicitCastArguments},
 * {@code dropArguments}) behind a lambda: held in a field it is no constant, so that each call pays
 * for an interpreted form that the JIT cannot look through; LambdaMetafactory can neither narrow
 * nor drop arguments.
 */
final class HandlerFactory {
    private static final String TARGET = "target";
    private static final ClassDesc HANDLER = describe(SyscallHandler.class);
    private static final MethodTypeDesc INVOKE =
            MethodType.methodType(
                            long.class,
                            Task.class,
                            long.class,
                            long.class,
                            long.class,
                            long.class,
                            long.class,
                            long.class)
                    .describeConstable()
                    .orElseThrow();

    private HandlerFactory() {}

    /** A handler for {@code site}, whose signature is checked. */
    static SyscallHandler handlerFor(CallSite site) {
        try {
            MethodHandles.Lookup hidden =
                    site.lookup()
                            .defineHiddenClass(
                                    generate(site.method()),
                                    true,
                                    MethodHandles.Lookup.ClassOption.NESTMATE);
            MethodHandle constructor =
                    hidden.findConstructor(
                            hidden.lookupClass(),
                            MethodType.methodType(void.class, site.method().getDeclaringClass()));
            return (SyscallHandler) constructor.invoke(site.target());
        } catch (Throwable e) {
            throw new IllegalStateException("cannot link system call " + site.where(), e);
        }
    }

    private static byte[] generate(Method method) {
        Class<?> owner = method.getDeclaringClass();
        ClassDesc target = describe(owner);
        ClassDesc self = ClassDesc.of(owner.getPackageName(), owner.getSimpleName() + "Call");
        return ClassFile.of()
                .build(
                        self,
                        type ->
                                type.withFlags(ClassFile.ACC_FINAL | ClassFile.ACC_SYNTHETIC)
                                        .withInterfaceSymbols(HANDLER)
                                        .withField(
                                                TARGET,
                                                target,
                                                ClassFile.ACC_PRIVATE | ClassFile.ACC_FINAL)
                                        .withMethodBody(
                                                ConstantDescs.INIT_NAME,
                                                MethodTypeDesc.of(ConstantDescs.CD_void, target),
                                                0,
                                                code -> constructor(code, self, target))
                                        .withMethodBody(
                                                "invoke",
                                                INVOKE,
                                                ClassFile.ACC_PUBLIC,
                                                code -> invoke(code, self, target, method)));
    }

    private static void constructor(CodeBuilder code, ClassDesc self, ClassDesc target) {
        code.aload(0)
                .invokespecial(
                        ConstantDescs.CD_Object, ConstantDescs.INIT_NAME, ConstantDescs.MTD_void)
                .aload(0)
                .aload(1)
                .putfield(self, TARGET, target)
                .return_();
    }

    private static void invoke(CodeBuilder code, ClassDesc self, ClassDesc target, Method method) {
        code.aload(0).getfield(self, TARGET, target).aload(1);
        Class<?>[] parameters = method.getParameterTypes();
        for (int i = 1; i < parameters.length; i++) {
            code.lload(2 * i); // slot 0 is this, 1 the task, 2 the first long
            if (parameters[i] == int.class) {
                code.l2i();
            }
        }
        MethodTypeDesc descriptor =
                MethodType.methodType(method.getReturnType(), parameters)
                        .describeConstable()
                        .orElseThrow();
        code.invokevirtual(target, method.getName(), descriptor).lreturn();
    }

    private static ClassDesc describe(Class<?> type) {
        return type.describeConstable().orElseThrow();
    }
}

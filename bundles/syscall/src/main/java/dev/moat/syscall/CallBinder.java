package dev.moat.syscall;

import dev.moat.abi.SyscallNumbers;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.syscall.SyscallProvider;
import dev.moat.api.syscall.SyscallTable;
import dev.moat.api.task.Task;
import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Finds the {@link Syscall} methods of a provider and checks them. Every mistake of a provider is
 * found here, when it is bound, and named; linking, which costs a class, waits for the first call.
 */
final class CallBinder {
    private static final int MAX_ARGUMENTS = 6;

    private CallBinder() {}

    /**
     * Binds all methods of {@code provider}.
     *
     * @throws IllegalStateException a method has a wrong signature or annotation, or the lookup
     *     does not reach it
     */
    static List<BoundCall> bind(SyscallProvider provider) {
        List<BoundCall> calls = new ArrayList<>();
        for (Object handler : provider.handlers()) {
            for (Class<?> type = handler.getClass();
                    type != null && type != Object.class;
                    type = type.getSuperclass()) {
                bindMethods(provider, handler, type, calls);
            }
        }
        calls.sort(Comparator.comparingInt(call -> call.entry().number()));
        return calls;
    }

    private static void bindMethods(
            SyscallProvider provider, Object handler, Class<?> type, List<BoundCall> calls) {
        MethodHandles.Lookup lookup = null;
        for (Method method : type.getDeclaredMethods()) {
            Syscall annotation = method.getAnnotation(Syscall.class);
            if (annotation == null) {
                continue;
            }
            if (lookup == null) {
                lookup = access(provider, type);
            }
            CallSite site = new CallSite(handler, method, lookup);
            checkSignature(site);
            checkAnnotation(site, annotation);
            calls.add(
                    new BoundCall(
                            new SyscallTable.Entry(
                                    annotation.nr(),
                                    annotation.name(),
                                    annotation.support(),
                                    annotation.note(),
                                    provider.subsystem()),
                            site));
        }
    }

    private static MethodHandles.Lookup access(SyscallProvider provider, Class<?> type) {
        try {
            return MethodHandles.privateLookupIn(type, provider.lookup());
        } catch (IllegalAccessException e) {
            throw new IllegalStateException(
                    "the lookup of system call provider '"
                            + provider.subsystem()
                            + "' does not reach "
                            + type.getName()
                            + ": it must be MethodHandles.lookup() of a class in the same bundle",
                    e);
        }
    }

    private static void checkSignature(CallSite site) {
        Class<?>[] parameters = site.method().getParameterTypes();
        boolean ok =
                !Modifier.isStatic(site.method().getModifiers())
                        && site.method().getReturnType() == long.class
                        && parameters.length >= 1
                        && parameters.length <= 1 + MAX_ARGUMENTS
                        && parameters[0] == Task.class;
        for (int i = 1; i < parameters.length; i++) {
            ok &= parameters[i] == int.class || parameters[i] == long.class;
        }
        if (!ok) {
            throw new IllegalStateException(
                    "@Syscall method "
                            + site.where()
                            + " must be an instance method: long name(Task task, up to six int or long)");
        }
    }

    private static void checkAnnotation(CallSite site, Syscall annotation) {
        int number = annotation.nr();
        if (!SyscallNumbers.isDefined(number)
                || !SyscallNumbers.name(number).equals(annotation.name())) {
            throw new IllegalStateException(
                    "@Syscall of "
                            + site.where()
                            + " says number "
                            + number
                            + " is "
                            + annotation.name()
                            + ", Linux says "
                            + SyscallNumbers.name(number));
        }
        if (annotation.support() != Support.FULL && annotation.note().isBlank()) {
            throw new IllegalStateException(
                    "@Syscall of "
                            + site.where()
                            + " is "
                            + annotation.support()
                            + " and needs a note that says what is missing");
        }
    }
}

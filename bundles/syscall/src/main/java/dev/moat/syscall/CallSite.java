package dev.moat.syscall;

import java.lang.invoke.MethodHandles;
import java.lang.reflect.Method;

/**
 * Where a system call is implemented.
 *
 * @param lookup full access to the class that declares {@code method}
 */
record CallSite(Object target, Method method, MethodHandles.Lookup lookup) {
    String where() {
        return method.getDeclaringClass().getName() + "." + method.getName();
    }
}

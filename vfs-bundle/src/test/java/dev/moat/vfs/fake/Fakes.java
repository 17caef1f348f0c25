package dev.moat.vfs.fake;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/**
 * Makes a wide interface from a class with the few methods that a test needs; the others fail
 * loudly when they are called.
 */
final class Fakes {
    private Fakes() {}

    static <T> T of(Class<T> type, Object parts) {
        InvocationHandler handler =
                (proxy, method, arguments) -> {
                    try {
                        Method part =
                                parts.getClass()
                                        .getMethod(method.getName(), method.getParameterTypes());
                        part.setAccessible(true);
                        return part.invoke(parts, arguments);
                    } catch (NoSuchMethodException e) {
                        if (method.isDefault()) {
                            return InvocationHandler.invokeDefault(proxy, method, arguments);
                        }
                        throw new UnsupportedOperationException(method.toString(), e);
                    } catch (InvocationTargetException e) {
                        throw e.getCause();
                    }
                };
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }
}

package dev.moat.fs.dev.fake;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/** Makes a fake of a large role interface from an object that has the few methods a test needs. */
public final class Partial {
    private Partial() {}

    /** Other methods than those of {@code part} throw UnsupportedOperationException. */
    public static <T> T of(Class<T> type, Object part) {
        Object proxy =
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (self, method, args) -> call(self, part, method, args));
        return type.cast(proxy);
    }

    private static Object call(Object self, Object part, Method method, Object[] args)
            throws Throwable {
        if (method.getDeclaringClass() == Object.class) {
            return switch (method.getName()) {
                case "equals" -> self == args[0];
                case "hashCode" -> System.identityHashCode(self);
                default -> "fake of " + part;
            };
        }
        Method own;
        try {
            own = part.getClass().getMethod(method.getName(), method.getParameterTypes());
        } catch (NoSuchMethodException e) {
            throw new UnsupportedOperationException(method.toString(), e);
        }
        own.setAccessible(true);
        try {
            return own.invoke(part, args);
        } catch (InvocationTargetException e) {
            throw e.getCause();
        }
    }
}

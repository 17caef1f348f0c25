package dev.moat.task.process;

import java.lang.reflect.InvocationHandler;
import java.lang.reflect.Proxy;

/**
 * Makes fakes of interfaces of which a test needs few methods; the others fail when they are
 * called.
 */
public final class Fakes {
    private Fakes() {}

    /** What a fake does when it is called. */
    public interface Behaviour {
        Object call(String method, Object[] arguments);
    }

    public static <T> T fake(Class<T> type, Behaviour behaviour) {
        InvocationHandler handler =
                (proxy, method, arguments) -> {
                    if (method.isDefault()) {
                        return InvocationHandler.invokeDefault(proxy, method, arguments);
                    }
                    return switch (method.getName()) {
                        case "hashCode" -> System.identityHashCode(proxy);
                        case "equals" -> proxy == arguments[0];
                        case "toString" -> "fake " + type.getSimpleName();
                        default -> behaviour.call(method.getName(), arguments);
                    };
                };
        return type.cast(
                Proxy.newProxyInstance(type.getClassLoader(), new Class<?>[] {type}, handler));
    }

    public static UnsupportedOperationException unexpected(String method) {
        return new UnsupportedOperationException("the test does not expect " + method);
    }
}

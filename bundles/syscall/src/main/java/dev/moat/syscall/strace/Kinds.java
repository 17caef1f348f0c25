package dev.moat.syscall.strace;

import java.util.HashMap;
import java.util.Map;

/**
 * The argument kinds by the name that signatures use. A name may carry a parameter behind a colon
 * ({@code buf:2} is a buffer as long as argument 2 says) and a {@code >} in front, which makes an
 * input kind an output.
 */
final class Kinds {
    private final Map<String, ArgumentKind> kinds = new HashMap<>();

    Kinds() {
        ScalarKinds.register(kinds);
        StringKinds.register(kinds);
        Symbols.register(kinds);
        FileKinds.register(kinds);
        TimeKinds.register(kinds);
        ProcessKinds.register(kinds);
        SignalKinds.register(kinds);
        SocketKinds.register(kinds);
        ControlKinds.register(kinds);
        FutexKinds.register(kinds);
    }

    /**
     * The kind called {@code name}.
     *
     * @throws IllegalArgumentException there is none: a mistake in a signature
     */
    ArgumentKind of(String name) {
        if (name.startsWith(">")) {
            return of(name.substring(1)).asOutput();
        }
        int colon = name.indexOf(':');
        if (colon >= 0) {
            int parameter = Integer.parseInt(name.substring(colon + 1));
            ArgumentKind kind = StringKinds.sized(name.substring(0, colon), parameter);
            if (kind != null) {
                return kind;
            }
        }
        ArgumentKind kind = kinds.get(name);
        if (kind == null) {
            throw new IllegalArgumentException("no argument kind called " + name);
        }
        return kind;
    }
}

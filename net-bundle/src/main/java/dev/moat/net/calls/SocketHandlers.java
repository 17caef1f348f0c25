package dev.moat.net.calls;

import java.lang.invoke.MethodHandles;
import java.util.List;

/** All handlers of this package. */
final class SocketHandlers {
    private SocketHandlers() {}

    static List<Object> all() {
        return List.of(
                new SocketCalls(),
                new ConnectionCalls(),
                new SendCalls(),
                new ReceiveCalls(),
                new SocketOptionCalls());
    }

    static MethodHandles.Lookup lookup() {
        return MethodHandles.lookup();
    }
}

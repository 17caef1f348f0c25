package dev.moat.net.calls;

import dev.moat.net.SocketRegistry;
import java.lang.invoke.MethodHandles;
import java.util.List;

/** All handlers of this package. */
final class SocketHandlers {
    private SocketHandlers() {}

    static List<Object> all(SocketRegistry registry) {
        return List.of(
                new SocketCalls(registry),
                new ConnectionCalls(),
                new SendCalls(),
                new ReceiveCalls(),
                new SocketOptionCalls());
    }

    static MethodHandles.Lookup lookup() {
        return MethodHandles.lookup();
    }
}

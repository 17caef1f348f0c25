package dev.moat.bpf;

import dev.moat.api.mm.HeapAccount;
import dev.moat.api.mm.MemoryService.SandboxMemory;
import dev.moat.api.sandbox.Sandbox;
import java.lang.reflect.Proxy;
import java.util.HashMap;
import java.util.Map;
import java.util.function.Supplier;

/** A sandbox of parts, with as much kernel memory as anybody wants; the rest fails loudly. */
final class FakeSandbox {
    private FakeSandbox() {}

    static Sandbox make() {
        Map<Object, Object> parts = new HashMap<>();
        HeapAccount heap = new HeapAccount(new Room());
        SandboxMemory memory =
                (SandboxMemory)
                        Proxy.newProxyInstance(
                                SandboxMemory.class.getClassLoader(),
                                new Class<?>[] {SandboxMemory.class},
                                (proxy, method, arguments) -> {
                                    if (method.getName().equals("heap")) {
                                        return heap;
                                    }
                                    throw new UnsupportedOperationException(method.toString());
                                });
        return (Sandbox)
                Proxy.newProxyInstance(
                        Sandbox.class.getClassLoader(),
                        new Class<?>[] {Sandbox.class},
                        (proxy, method, arguments) ->
                                switch (method.getName()) {
                                    case "memory" -> memory;
                                    case "part" ->
                                            parts.computeIfAbsent(
                                                    arguments[0],
                                                    name -> ((Supplier<?>) arguments[1]).get());
                                    default ->
                                            throw new UnsupportedOperationException(
                                                    method.toString());
                                });
    }

    private static final class Room implements HeapAccount.Pages {
        @Override
        public boolean takeHeap(long count) {
            return true;
        }

        @Override
        public void adjustHeap(long count) {
            // Nobody counts.
        }

        @Override
        public boolean hasHeapRoom() {
            return true;
        }
    }
}

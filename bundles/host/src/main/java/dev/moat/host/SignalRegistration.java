package dev.moat.host;

import dev.moat.api.host.HostTerminal;
import java.util.concurrent.atomic.AtomicBoolean;
import sun.misc.Signal;
import sun.misc.SignalHandler;

/**
 * One signal of the kernel host, taken through the JVM: sigaction(2) behind its back would break
 * its own use of signals, and a native handler could not call Java.
 */
final class SignalRegistration implements HostTerminal.Registration {
    private final Signal signal;
    private final SignalHandler former;
    private final AtomicBoolean open = new AtomicBoolean(true);

    private SignalRegistration(Signal signal, SignalHandler former) {
        this.signal = signal;
        this.former = former;
    }

    static SignalRegistration install(String name, Runnable listener) {
        Signal signal = new Signal(name);
        return new SignalRegistration(signal, Signal.handle(signal, _ -> listener.run()));
    }

    @Override
    public void close() {
        if (open.compareAndSet(true, false)) {
            Signal.handle(signal, former);
        }
    }
}

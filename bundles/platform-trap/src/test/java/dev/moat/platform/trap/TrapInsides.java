package dev.moat.platform.trap;

import dev.moat.api.platform.AddressSpace;
import dev.moat.api.platform.ExecutionContext;
import dev.moat.api.platform.Platform;
import dev.moat.host.HostServices;
import dev.moat.platform.kit.GuestSandbox;

/** The trap platform, for tests. */
record TrapInsides(CallWishes wishes) implements GuestSandbox.Insides {
    TrapInsides() {
        this(new CallWishes(Patching.ON, Spinning.AUTO));
    }

    @Override
    public Platform make(HostServices host) {
        return new TrapPlatform(
                new HostParts(host.files(), host.memory(), host.processes(), host.notifications()),
                host.system(),
                wishes);
    }

    @Override
    public void close(Platform platform) {
        ((TrapPlatform) platform).close();
    }

    @Override
    public boolean isInGuest(ExecutionContext context) {
        return ((TrapContext) context).isInGuest();
    }

    @Override
    public int cpu(ExecutionContext context) {
        return ((TrapContext) context).placed().cpu;
    }

    @Override
    public int processId(AddressSpace space) {
        return ((TrapSpace) space).processId();
    }
}

package dev.moat.platform.ptrace;

import dev.moat.api.platform.AddressSpace;
import dev.moat.api.platform.ExecutionContext;
import dev.moat.api.platform.Platform;
import dev.moat.host.HostServices;
import dev.moat.platform.kit.GuestSandbox;

/** The ptrace platform, for tests. */
record PtraceInsides() implements GuestSandbox.Insides {
    @Override
    public Platform make(HostServices host) {
        return new PtracePlatform(host.files(), host.memory(), host.processes(), host.system());
    }

    @Override
    public void close(Platform platform) {
        ((PtracePlatform) platform).close();
    }

    @Override
    public boolean isInGuest(ExecutionContext context) {
        return ((StubContext) context).isInGuest();
    }

    @Override
    public int cpu(ExecutionContext context) {
        return ((StubContext) context).placed().cpu;
    }

    @Override
    public int processId(AddressSpace space) {
        return ((StubSpace) space).processId();
    }
}

package dev.moat.platform.ptrace;

import dev.moat.api.host.HostProcesses;

/**
 * Keeps tracer and tracee on one CPU: handing over to a thread of the same CPU costs a context switch, to one of another
 * CPU an interrupt as well (a factor of ten on virtual machines).
 */
final class CpuPlacement {
    private final HostProcesses host;

    CpuPlacement(HostProcesses host) {
        this.host = host;
    }

    /** Pins the calling thread, the tracer of a new context. */
    void place() {
        host.pinToCpu(0, host.currentCpu());
    }

    /** Moves a stub thread to the CPU of the calling thread, its tracer. */
    void follow(int tid) {
        host.pinToCpu(tid, host.currentCpu());
    }

    void leave() {}
}

package dev.moat.platform.ptrace;

import dev.moat.api.host.HostProcesses;
import dev.moat.lib.cpu.CpuHost;

/** The host's part in placing threads. */
record HostCpus(HostProcesses host) implements CpuHost {
    @Override
    public int threadId() {
        return host.threadId();
    }

    @Override
    public int currentCpu() {
        return host.currentCpu();
    }

    @Override
    public int pinToCpu(int tid, int cpu) {
        return host.pinToCpu(tid, cpu);
    }

    @Override
    public int setAffinity(int tid, long[] mask) {
        return host.setAffinity(tid, mask);
    }

    @Override
    public int getAffinity(int tid, long[] mask) {
        return host.getAffinity(tid, mask);
    }

    @Override
    public int setNice(int tid, int nice) {
        return host.setNice(tid, nice);
    }

    @Override
    public int nice() {
        return host.nice();
    }

    @Override
    public int schedulerTimes(int tid, long[] times) {
        return host.schedulerTimes(tid, times);
    }
}

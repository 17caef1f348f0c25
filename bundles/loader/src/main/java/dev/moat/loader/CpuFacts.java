package dev.moat.loader;

import static dev.moat.abi.Auxv.AT_HWCAP;
import static dev.moat.abi.Auxv.AT_HWCAP2;
import static dev.moat.abi.Auxv.AT_MINSIGSTKSZ;

import dev.moat.abi.Signals;
import dev.moat.api.host.HostSystem;

/**
 * What the auxiliary vector says of the CPU, as the host tells its own processes: guest code runs
 * on the same CPU.
 *
 * @param capabilities AT_HWCAP: CPUID.1:EDX
 * @param moreCapabilities AT_HWCAP2
 * @param signalFrameBytes AT_MINSIGSTKSZ: the largest signal frame
 */
record CpuFacts(long capabilities, long moreCapabilities, long signalFrameBytes) {
    static CpuFacts of(HostSystem host) {
        long frame = host.auxiliaryValue(AT_MINSIGSTKSZ);
        return new CpuFacts(
                host.auxiliaryValue(AT_HWCAP),
                host.auxiliaryValue(AT_HWCAP2),
                frame != 0 ? frame : Signals.MINSIGSTKSZ);
    }
}

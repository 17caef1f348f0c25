package dev.moat.bpf;

import dev.moat.abi.Capabilities;
import dev.moat.api.task.Credentials;

/**
 * What a task may do with programs: capabilities(7).
 *
 * @param loads CAP_BPF
 * @param leaks CAP_PERFMON: programs may look at addresses as numbers
 * @param network CAP_NET_ADMIN
 * @param administers CAP_SYS_ADMIN, with which one has all of them
 */
public record Rights(boolean loads, boolean leaks, boolean network, boolean administers) {
    static Rights of(Credentials who) {
        boolean all = who.can(Capabilities.CAP_SYS_ADMIN);
        return new Rights(
                all || who.can(Capabilities.CAP_BPF),
                all || who.can(Capabilities.CAP_PERFMON),
                all || who.can(Capabilities.CAP_NET_ADMIN),
                all);
    }
}

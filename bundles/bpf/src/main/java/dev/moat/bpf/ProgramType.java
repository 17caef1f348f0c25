package dev.moat.bpf;

import dev.moat.abi.Bpf;
import org.jspecify.annotations.Nullable;

/** What programs are for. */
public enum ProgramType {
    /** Devices of control groups. */
    DEVICES(Bpf.BPF_PROG_TYPE_CGROUP_DEVICE, 12),
    /**
     * Packets of IP, of which there are none: such a program is taken, but nothing can be done with
     * it. Libraries load one to find out whether programs can be attached to groups.
     */
    PACKETS(Bpf.BPF_PROG_TYPE_CGROUP_SKB, 0);

    private final int number;
    private final int contextBytes;

    ProgramType(int number, int contextBytes) {
        this.number = number;
        this.contextBytes = contextBytes;
    }

    static @Nullable ProgramType of(int number) {
        for (ProgramType each : values()) {
            if (each.number == number) {
                return each;
            }
        }
        return null;
    }

    /** BPF_PROG_TYPE_*. */
    int number() {
        return number;
    }

    /** How much of what it is asked about it may read. */
    public int contextBytes() {
        return contextBytes;
    }

    /** Whether a program may say that it will be attached so: bpf_prog_load_check_attach(). */
    boolean mayExpect(int attachType) {
        return this == DEVICES || attachType == 0 || attachType == 1;
    }
}

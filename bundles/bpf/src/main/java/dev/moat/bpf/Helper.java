package dev.moat.bpf;

import dev.moat.abi.Bpf;
import dev.moat.api.task.Task;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Functions of the kernel that programs call: bpf-helpers(7). None of these takes arguments. */
public enum Helper {
    KTIME_GET_NS(Bpf.BPF_FUNC_ktime_get_ns),
    GET_PRANDOM_U32(Bpf.BPF_FUNC_get_prandom_u32),
    GET_CURRENT_PID_TGID(Bpf.BPF_FUNC_get_current_pid_tgid),
    GET_CURRENT_UID_GID(Bpf.BPF_FUNC_get_current_uid_gid),
    GET_CURRENT_CGROUP_ID(Bpf.BPF_FUNC_get_current_cgroup_id),
    KTIME_GET_BOOT_NS(Bpf.BPF_FUNC_ktime_get_boot_ns);

    /** The last one that Linux 6.18 has. */
    public static final int LAST_NUMBER = 211;

    private final int number;

    Helper(int number) {
        this.number = number;
    }

    /** The function of that number; null: programs of this type have none. */
    public static @Nullable Helper of(int number) {
        for (Helper each : values()) {
            if (each.number == number) {
                return each;
            }
        }
        return null;
    }

    long call(Task task) {
        return switch (this) {
            case KTIME_GET_NS -> task.sandbox().clock().monotonicNs();
            case KTIME_GET_BOOT_NS -> task.sandbox().clock().boottimeNs();
            case GET_PRANDOM_U32 -> Integer.toUnsignedLong(ThreadLocalRandom.current().nextInt());
            case GET_CURRENT_PID_TGID -> pair(task.tgid(), task.tid());
            case GET_CURRENT_UID_GID -> pair(task.credentials().gid(), task.credentials().uid());
            case GET_CURRENT_CGROUP_ID -> task.cgroup().number();
        };
    }

    private static long pair(int high, int low) {
        return (long) high << 32 | Integer.toUnsignedLong(low);
    }
}

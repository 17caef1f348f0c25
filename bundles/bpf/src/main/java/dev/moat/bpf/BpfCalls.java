package dev.moat.bpf;

import dev.moat.abi.Bpf;
import dev.moat.abi.Errno;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;

/** {@code bpf(2)}. */
final class BpfCalls {
    /** What kernels say where a type of program cannot be tried out; user programs see it. */
    private static final long ENOTSUPP = 524;

    @Syscall(
            nr = 321,
            name = "bpf",
            support = Support.PARTIAL,
            note =
                    "Programs of BPF_PROG_TYPE_CGROUP_DEVICE and links of theirs to control groups, without"
                            + " maps, atomic operations, functions of their own and helpers that take"
                            + " arguments; BPF_PROG_TYPE_CGROUP_SKB is loaded, but attached nowhere; other"
                            + " types, maps, BTF, pins and flags that order programs give EINVAL")
    long bpf(Task task, int command, long attributesAddr, int sizeBytes) {
        Attributes attributes = Attributes.read(task, attributesAddr, sizeBytes);
        return switch (command) {
            case Bpf.BPF_PROG_LOAD -> new ProgramLoading(task, attributes).load();
            case Bpf.BPF_PROG_ATTACH -> new GroupCalls(task, attributes).attach();
            case Bpf.BPF_PROG_DETACH -> new GroupCalls(task, attributes).detach();
            case Bpf.BPF_PROG_QUERY -> new GroupCalls(task, attributes).query();
            case Bpf.BPF_LINK_CREATE -> new GroupCalls(task, attributes).link();
            case Bpf.BPF_LINK_DETACH -> new GroupCalls(task, attributes).detachLink();
            case Bpf.BPF_PROG_GET_FD_BY_ID -> ProgramCalls.openProgram(task, attributes);
            case Bpf.BPF_PROG_GET_NEXT_ID -> ProgramCalls.nextProgram(task, attributes);
            case Bpf.BPF_LINK_GET_FD_BY_ID -> ProgramCalls.openLink(task, attributes);
            case Bpf.BPF_LINK_GET_NEXT_ID -> ProgramCalls.nextLink(task, attributes);
            case Bpf.BPF_MAP_GET_FD_BY_ID, Bpf.BPF_BTF_GET_FD_BY_ID ->
                    ProgramCalls.openNothing(task, attributes);
            case Bpf.BPF_MAP_GET_NEXT_ID, Bpf.BPF_BTF_GET_NEXT_ID ->
                    ProgramCalls.nextOfNothing(task, attributes);
            case Bpf.BPF_OBJ_GET_INFO_BY_FD -> new ObjectInfo(task, attributes).tell();
            case Bpf.BPF_PROG_TEST_RUN -> {
                ProgramCalls.acquire(task, attributes.word(0)).release();
                yield -ENOTSUPP;
            }
            case Bpf.BPF_MAP_CREATE -> {
                if (!Rights.of(task.credentials()).loads()) {
                    throw Errno.EPERM.exception();
                }
                throw Errno.EINVAL.exception();
            }
            default -> throw Errno.EINVAL.exception();
        };
    }
}

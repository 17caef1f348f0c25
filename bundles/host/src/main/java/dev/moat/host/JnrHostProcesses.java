package dev.moat.host;

import static dev.moat.abi.SyscallNumbers.*;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT;
import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.moat.abi.Errno;
import dev.moat.abi.Rlimits;
import dev.moat.api.host.HostProcesses;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.Arrays;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/**
 * {@link HostProcesses} by system calls; ptrace requests from include/uapi/linux/ptrace.h and
 * asm/ptrace-abi.h.
 */
@Component(service = HostProcesses.class)
public final class JnrHostProcesses implements HostProcesses {
    private static final int PTRACE_PEEKDATA = 2;
    private static final int PTRACE_PEEKUSER = 3;
    private static final int PTRACE_POKEUSER = 6;
    private static final int PTRACE_GETREGS = 12;
    private static final int PTRACE_SETREGS = 13;
    private static final int PTRACE_DETACH = 17;
    private static final int PTRACE_SETOPTIONS = 0x4200;
    private static final int PTRACE_GETEVENTMSG = 0x4201;
    private static final int PTRACE_GETSIGINFO = 0x4202;
    private static final int PTRACE_GETREGSET = 0x4204;
    private static final int PTRACE_SETREGSET = 0x4205;
    private static final int PTRACE_SEIZE = 0x4206;
    private static final int PTRACE_INTERRUPT = 0x4207;
    private static final int PTRACE_GET_SYSCALL_INFO = 0x420e;
    private static final int CPUCLOCK_SCHED = 2;
    private static final int CPUCLOCK_PERTHREAD = 4;
    private static final long NANOS_PER_SECOND = 1_000_000_000L;
    private static final int WALL = 0x40000000;
    private static final int WALL_NOHANG = WALL | 1;

    private final HostContext context;
    private final NativeCalls calls;
    private final Spawner spawner;

    /** The service; loads the native library. */
    @Activate
    public JnrHostProcesses() {
        this(HostContext.create());
    }

    JnrHostProcesses(HostContext context) {
        this.context = context;
        this.calls = context.calls();
        this.spawner = new Spawner(calls);
    }

    @Override
    public int spawn(int imageFd, int[] childFds) {
        return spawner.spawn(imageFd, childFds);
    }

    @Override
    public int waitFor(int tid, MemorySegment status) {
        return (int) calls.call(__NR_wait4, tid, status.address(), WALL, 0);
    }

    @Override
    public int pollFor(int tid, MemorySegment status) {
        return (int) calls.call(__NR_wait4, tid, status.address(), WALL_NOHANG, 0);
    }

    @Override
    public int signalThread(int processId, int tid, int signal) {
        return (int) calls.call(__NR_tgkill, processId, tid, signal);
    }

    @Override
    public int signalProcess(int processId, int signal) {
        return (int) calls.call(__NR_kill, processId, signal);
    }

    @Override
    public int traceSeize(int tid, long options) {
        return ptrace(PTRACE_SEIZE, tid, 0, options);
    }

    @Override
    public int traceInterrupt(int tid) {
        return ptrace(PTRACE_INTERRUPT, tid, 0, 0);
    }

    @Override
    public int traceDetach(int tid, int signal) {
        return ptrace(PTRACE_DETACH, tid, 0, signal);
    }

    @Override
    public int traceResume(int request, int tid, int signal) {
        return ptrace(request, tid, 0, signal);
    }

    @Override
    public int traceGetRegisters(int tid, MemorySegment target) {
        return ptrace(PTRACE_GETREGS, tid, 0, target.address());
    }

    @Override
    public int traceSetRegisters(int tid, MemorySegment source) {
        return ptrace(PTRACE_SETREGS, tid, 0, source.address());
    }

    @Override
    public int tracePokeUser(int tid, long offset, long value) {
        return ptrace(PTRACE_POKEUSER, tid, offset, value);
    }

    @Override
    public int tracePeekUser(int tid, long offset, MemorySegment target) {
        return ptrace(PTRACE_PEEKUSER, tid, offset, target.address());
    }

    @Override
    public int tracePeekData(int tid, long address, MemorySegment target) {
        return ptrace(PTRACE_PEEKDATA, tid, address, target.address());
    }

    @Override
    public int traceGetSignalInfo(int tid, MemorySegment target) {
        return ptrace(PTRACE_GETSIGINFO, tid, 0, target.address());
    }

    @Override
    public int traceGetSyscallInfo(int tid, MemorySegment target) {
        return ptrace(PTRACE_GET_SYSCALL_INFO, tid, target.byteSize(), target.address());
    }

    @Override
    public int traceGetRegisterSet(int tid, int noteType, MemorySegment target) {
        return registerSet(PTRACE_GETREGSET, tid, noteType, target);
    }

    @Override
    public int traceSetRegisterSet(int tid, int noteType, MemorySegment source) {
        return registerSet(PTRACE_SETREGSET, tid, noteType, source);
    }

    private int registerSet(int request, int tid, int noteType, MemorySegment registers) {
        try (Scratch scratch = context.scratch().borrow()) {
            MemorySegment iovec = scratch.struct();
            iovec.set(JAVA_LONG, 0, registers.address());
            iovec.set(JAVA_LONG, 8, registers.byteSize());
            int result = ptrace(request, tid, noteType, iovec.address());
            return result < 0 ? result : (int) iovec.get(JAVA_LONG, 8);
        }
    }

    @Override
    public int traceSetOptions(int tid, long options) {
        return ptrace(PTRACE_SETOPTIONS, tid, 0, options);
    }

    @Override
    public int traceGetEventMessage(int tid, MemorySegment target) {
        return ptrace(PTRACE_GETEVENTMSG, tid, 0, target.address());
    }

    /**
     * The raw system call: PEEK requests store the word at {@code data} (ptrace(2), "C
     * library/kernel differences").
     */
    private int ptrace(int request, int tid, long address, long data) {
        return (int) calls.call(__NR_ptrace, request, tid, address, data);
    }

    @Override
    public int threadId() {
        return (int) calls.call(__NR_gettid);
    }

    @Override
    public int currentCpu() {
        try (Scratch scratch = context.scratch().borrow()) {
            MemorySegment cpu = scratch.struct();
            int result = (int) calls.call(__NR_getcpu, cpu.address(), 0, 0);
            return result < 0 ? result : cpu.get(JAVA_INT, 0);
        }
    }

    @Override
    public int pinToCpu(int tid, int cpu) {
        try (Scratch scratch = context.scratch().borrow()) {
            MemorySegment mask = scratch.struct();
            int word = cpu >>> 6;
            for (int i = 0; i <= word; i++) {
                mask.setAtIndex(JAVA_LONG, i, i == word ? 1L << (cpu & 63) : 0);
            }
            return (int) calls.call(__NR_sched_setaffinity, tid, (word + 1) * 8L, mask.address());
        }
    }

    @Override
    public int setAffinity(int tid, long[] mask) {
        try (Scratch scratch = context.scratch().borrow()) {
            MemorySegment native_ = scratch.struct();
            MemorySegment.copy(mask, 0, native_, JAVA_LONG, 0, mask.length);
            return (int)
                    calls.call(__NR_sched_setaffinity, tid, mask.length * 8L, native_.address());
        }
    }

    @Override
    public int getAffinity(int tid, long[] mask) {
        Arrays.fill(mask, 0);
        try (Scratch scratch = context.scratch().borrow()) {
            MemorySegment native_ = scratch.struct();
            int bytes =
                    (int)
                            calls.call(
                                    __NR_sched_getaffinity,
                                    tid,
                                    mask.length * 8L,
                                    native_.address());
            if (bytes > 0) {
                MemorySegment.copy(
                        native_, JAVA_BYTE, 0, MemorySegment.ofArray(mask), JAVA_BYTE, 0, bytes);
            }
            return bytes;
        }
    }

    @Override
    public int setNice(int tid, int nice) {
        return (int) calls.call(__NR_setpriority, Rlimits.PRIO_PROCESS, tid, nice);
    }

    @Override
    public int nice() {
        // the raw call never gives a negative number: getpriority(2)
        return 20 - (int) calls.call(__NR_getpriority, Rlimits.PRIO_PROCESS, 0);
    }

    @Override
    public long control(int option, long arg2, long arg3, long arg4, long arg5) {
        return calls.call(__NR_prctl, option, arg2, arg3, arg4, arg5);
    }

    @Override
    public long threadCpuTimeNs(int tid) {
        // a thread's CPU clock is for its own process only
        long ns = readClock(~tid << 3 | CPUCLOCK_SCHED | CPUCLOCK_PERTHREAD);
        if (ns >= 0) {
            return ns;
        }
        long[] times = new long[2];
        int result = schedulerTimes(tid, times);
        return result < 0 ? result : times[0];
    }

    @Override
    public long processCpuTimeNs(int processId) {
        return readClock(~processId << 3 | CPUCLOCK_SCHED);
    }

    /**
     * A clock made of an id as by {@code MAKE_THREAD_CPUCLOCK}, include/linux/posix-timers_types.h.
     */
    private long readClock(int clock) {
        try (Scratch scratch = context.scratch().borrow()) {
            MemorySegment timespec = scratch.struct();
            long result = calls.call(__NR_clock_gettime, clock, timespec.address());
            return result < 0
                    ? result
                    : timespec.get(JAVA_LONG, 0) * NANOS_PER_SECOND + timespec.get(JAVA_LONG, 8);
        }
    }

    @Override
    public int schedulerTimes(int tid, long[] times) {
        String text = ProcFile.read(context, "/proc/" + tid + "/schedstat").orElse("");
        int first = text.indexOf(' ');
        int second = text.indexOf(' ', first + 1);
        if (second < 0) {
            return -Errno.ESRCH.number();
        }
        times[0] = Long.parseLong(text, 0, first, 10);
        times[1] = Long.parseLong(text, first + 1, second, 10);
        return 0;
    }

    @Override
    public int[] threadsOf(int processId) {
        String[] names = Path.of("/proc/" + processId + "/task").toFile().list();
        return names == null
                ? new int[0]
                : Arrays.stream(names).mapToInt(Integer::parseInt).sorted().toArray();
    }
}

package dev.moat.syscall.strace;

import static java.lang.foreign.ValueLayout.JAVA_BYTE;
import static java.lang.foreign.ValueLayout.JAVA_INT_UNALIGNED;

import dev.moat.abi.CapData;
import dev.moat.abi.CapHeader;
import dev.moat.abi.CloneArgs;
import dev.moat.abi.CloneFlags;
import dev.moat.abi.Rlimit;
import dev.moat.abi.Rlimits;
import dev.moat.abi.Rusage;
import dev.moat.abi.SchedParam;
import dev.moat.abi.Sysinfo;
import dev.moat.abi.Tms;
import dev.moat.abi.Utsname;
import java.lang.foreign.MemorySegment;
import java.util.Map;

/** Structs of processes and of the system. */
final class ProcessKinds {
    private ProcessKinds() {}

    static void register(Map<String, ArgumentKind> kinds) {
        struct(kinds, "rlimit64", Rlimit.SIZE, ProcessKinds::rlimit);
        struct(kinds, "rusagestruct", Rusage.SIZE, ProcessKinds::rusage);
        struct(kinds, "utsname", Utsname.SIZE, ProcessKinds::utsname);
        struct(kinds, "sysinfo", Sysinfo.SIZE, ProcessKinds::sysinfo);
        struct(kinds, "tms", Tms.SIZE, ProcessKinds::tms);
        struct(kinds, "schedparam", SchedParam.SIZE, ProcessKinds::schedParam);
        struct(kinds, "capheader", CapHeader.SIZE, ProcessKinds::capHeader);
        struct(kinds, "capdata", CapData.SIZE, ProcessKinds::capData);
        struct(kinds, "cloneargs", CloneArgs.SIZE, ProcessKinds::cloneArgs);
        struct(
                kinds,
                "waitstatus",
                Integer.BYTES,
                (out, memory, at) -> waitStatus(out, memory.get(JAVA_INT_UNALIGNED, at)));
        kinds.put("clonecall", ProcessKinds::cloneCall);
        kinds.put(
                "cpumask",
                (out, call, i) -> {
                    // The length is the argument before; sched_getaffinity(2) gives what it filled.
                    long bytes =
                            call.phase() == Call.Phase.LEFT ? call.result() : call.argument(i - 1);
                    cpuMask(out, call, call.argument(i), bytes);
                });
    }

    private static void struct(
            Map<String, ArgumentKind> kinds, String name, long size, Arrays.Element element) {
        kinds.put(
                name, (out, call, i) -> Arrays.struct(out, call, call.argument(i), size, element));
    }

    /**
     * All of clone(2), whose arguments strace(1) names and leaves out when the flags do not use
     * them.
     */
    private static void cloneCall(StringBuilder out, Call call, int index) {
        long flags = call.argument(0);
        out.append("child_stack=");
        Text.pointer(out, call.argument(1));
        out.append(", flags=");
        clone(out, flags);
        if ((flags & (CloneFlags.CLONE_PARENT_SETTID | CloneFlags.CLONE_PIDFD)) != 0) {
            out.append(", parent_tid=");
            Text.pointer(out, call.argument(2));
        }
        if ((flags & CloneFlags.CLONE_SETTLS) != 0) {
            out.append(", tls=");
            Text.pointer(out, call.argument(4));
        }
        if ((flags & (CloneFlags.CLONE_CHILD_SETTID | CloneFlags.CLONE_CHILD_CLEARTID)) != 0) {
            out.append(", child_tidptr=");
            Text.pointer(out, call.argument(3));
        }
    }

    private static void clone(StringBuilder out, long flags) {
        int start = out.length();
        Symbols.CLONE.print(out, flags & ~0xffL);
        if ((flags & ~0xffL) == 0) {
            out.setLength(start);
        }
        if ((flags & 0xff) != 0) {
            out.append(out.length() == start ? "" : "|");
            Symbols.SIGNAL.print(out, flags & 0xff);
        } else if (out.length() == start) {
            out.append('0');
        }
    }

    private static void cloneArgs(StringBuilder out, MemorySegment memory, long at) {
        CloneArgs arguments = CloneArgs.readFrom(memory, at);
        out.append("{flags=");
        clone(out, arguments.flags());
        out.append(", exit_signal=");
        Symbols.SIGNAL.print(out, arguments.exitSignal());
        out.append(", stack=");
        Text.pointer(out, arguments.stack());
        out.append(", stack_size=");
        Text.hex(out, arguments.stackSizeBytes());
        if (arguments.tls() != 0) {
            out.append(", tls=");
            Text.hex(out, arguments.tls());
        }
        out.append('}');
    }

    private static void waitStatus(StringBuilder out, int status) {
        int signal = status & 0x7f;
        if (status == 0xffff) {
            out.append("{WIFCONTINUED(s)}");
        } else if (signal == 0) {
            out.append("[{WIFEXITED(s) && WEXITSTATUS(s) == ")
                    .append(status >> 8 & 0xff)
                    .append("}]");
        } else if (signal == 0x7f) {
            out.append("[{WIFSTOPPED(s) && WSTOPSIG(s) == ");
            Symbols.SIGNAL.print(out, status >> 8 & 0xff);
            out.append("}]");
        } else {
            out.append("[{WIFSIGNALED(s) && WTERMSIG(s) == ");
            Symbols.SIGNAL.print(out, signal);
            out.append((status & 0x80) != 0 ? " && WCOREDUMP(s)}]" : "}]");
        }
    }

    private static void rlimit(StringBuilder out, MemorySegment memory, long at) {
        Rlimit limit = Rlimit.readFrom(memory, at);
        out.append("{rlim_cur=");
        limit(out, limit.soft());
        out.append(", rlim_max=");
        limit(out, limit.hard());
        out.append('}');
    }

    private static void limit(StringBuilder out, long value) {
        if (value == Rlimits.RLIM_INFINITY) {
            out.append("RLIM64_INFINITY");
        } else if (value > 1024 && value % 1024 == 0) {
            out.append(value / 1024).append("*1024");
        } else {
            out.append(Long.toUnsignedString(value));
        }
    }

    private static void rusage(StringBuilder out, MemorySegment memory, long at) {
        Rusage usage = Rusage.readFrom(memory, at);
        out.append("{ru_utime=");
        TimeKinds.timeval(out, usage.userTime());
        out.append(", ru_stime=");
        TimeKinds.timeval(out, usage.systemTime());
        out.append(", ...}");
    }

    private static void utsname(StringBuilder out, MemorySegment memory, long at) {
        Utsname name = Utsname.readFrom(memory, at);
        out.append("{sysname=");
        Text.quote(out, name.system(), false);
        out.append(", nodename=");
        Text.quote(out, name.node(), false);
        out.append(", ...}");
    }

    private static void sysinfo(StringBuilder out, MemorySegment memory, long at) {
        Sysinfo info = Sysinfo.readFrom(memory, at);
        out.append("{uptime=").append(info.uptimeSeconds());
        out.append(", loads=[").append(info.load1()).append(", ").append(info.load5());
        out.append(", ").append(info.load15()).append("], totalram=").append(info.totalRam());
        out.append(", freeram=").append(info.freeRam());
        out.append(", procs=").append(info.processes());
        out.append(", mem_unit=").append(info.memUnitBytes()).append(", ...}");
    }

    private static void tms(StringBuilder out, MemorySegment memory, long at) {
        Tms times = Tms.readFrom(memory, at);
        out.append("{tms_utime=").append(times.userTicks());
        out.append(", tms_stime=").append(times.systemTicks());
        out.append(", tms_cutime=").append(times.childrenUserTicks());
        out.append(", tms_cstime=").append(times.childrenSystemTicks()).append('}');
    }

    private static void schedParam(StringBuilder out, MemorySegment memory, long at) {
        out.append('[').append(SchedParam.readFrom(memory, at).priority()).append(']');
    }

    private static void capHeader(StringBuilder out, MemorySegment memory, long at) {
        CapHeader header = CapHeader.readFrom(memory, at);
        out.append("{version=");
        Text.hex(out, header.version());
        out.append(", pid=").append(header.pid()).append('}');
    }

    private static void capData(StringBuilder out, MemorySegment memory, long at) {
        CapData data = CapData.readFrom(memory, at);
        out.append("{effective=");
        Text.hex(out, data.effective() & 0xffff_ffffL);
        out.append(", permitted=");
        Text.hex(out, data.permitted() & 0xffff_ffffL);
        out.append(", inheritable=");
        Text.hex(out, data.inheritable() & 0xffff_ffffL);
        out.append('}');
    }

    private static void cpuMask(StringBuilder out, Call call, long userAddr, long bytes) {
        MemorySegment memory =
                userAddr == 0 || bytes <= 0
                        ? MemorySegment.NULL
                        : call.read(userAddr, Math.min(bytes, 128));
        if (memory.byteSize() == 0) {
            Text.pointer(out, userAddr);
            return;
        }
        out.append('[');
        String separator = "";
        for (int cpu = 0; cpu < memory.byteSize() * 8; cpu++) {
            if ((memory.get(JAVA_BYTE, cpu / 8) >> cpu % 8 & 1) != 0) {
                out.append(separator).append(cpu);
                separator = " ";
            }
        }
        out.append(']');
    }
}

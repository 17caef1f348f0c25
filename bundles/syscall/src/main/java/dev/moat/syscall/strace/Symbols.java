package dev.moat.syscall.strace;

import dev.moat.abi.ArchPrctl;
import dev.moat.abi.At;
import dev.moat.abi.Clocks;
import dev.moat.abi.CloneFlags;
import dev.moat.abi.CloseRangeFlags;
import dev.moat.abi.EventFlags;
import dev.moat.abi.FallocateFlags;
import dev.moat.abi.Fcntl;
import dev.moat.abi.FileMode;
import dev.moat.abi.GetrandomFlags;
import dev.moat.abi.InotifyFlags;
import dev.moat.abi.Ioctls;
import dev.moat.abi.IpcConstants;
import dev.moat.abi.KcmpTypes;
import dev.moat.abi.Membarrier;
import dev.moat.abi.MemfdFlags;
import dev.moat.abi.MemoryFlags;
import dev.moat.abi.MempolicyFlags;
import dev.moat.abi.MountFlags;
import dev.moat.abi.OpenFlags;
import dev.moat.abi.Personality;
import dev.moat.abi.PollFlags;
import dev.moat.abi.Prctl;
import dev.moat.abi.PtraceConstants;
import dev.moat.abi.RenameFlags;
import dev.moat.abi.Rlimits;
import dev.moat.abi.SchedPolicy;
import dev.moat.abi.Seccomp;
import dev.moat.abi.SeekWhence;
import dev.moat.abi.Signals;
import dev.moat.abi.SocketConstants;
import dev.moat.abi.SpliceFlags;
import dev.moat.abi.StatxFlags;
import dev.moat.abi.SyslogActions;
import dev.moat.abi.WaitFlags;
import dev.moat.abi.XattrFlags;
import java.util.HashMap;
import java.util.Map;

/** The named symbol sets that signatures refer to, and the argument kinds made of them. */
final class Symbols {
    static final SymbolSet OPEN =
            SymbolSet.of(OpenFlags.class, "O_", 3, "O_ACCMODE O_ASYNC O_NDELAY");
    static final SymbolSet STATX = SymbolSet.of(StatxFlags.class, "STATX_", 0, statxExclusions());
    static final SymbolSet MODE_TYPE = SymbolSet.of(FileMode.class, "S_IF", 0170000, "S_IFMT");
    static final SymbolSet POLL = SymbolSet.flags(PollFlags.class, "POLL");
    static final SymbolSet EPOLL =
            SymbolSet.of(
                    PollFlags.class,
                    "EPOLL",
                    0,
                    "EPOLL_CTL_ADD EPOLL_CTL_DEL EPOLL_CTL_MOD EPOLL_CLOEXEC");
    static final SymbolSet SIGNAL =
            SymbolSet.of(
                    Signals.class,
                    "SIG",
                    -1L,
                    "SIGRTMIN SIGRTMAX SIGSET_SIZE SIG_DFL SIG_IGN SIG_ERR SIG_BLOCK SIG_UNBLOCK SIG_SETMASK"
                            + " SIGIOT SIGPOLL");
    static final SymbolSet SIGACTION_FLAGS =
            SymbolSet.of(Signals.class, "SA_", 0, "SA_NOMASK SA_ONESHOT");
    static final SymbolSet FAMILY = SymbolSet.of(SocketConstants.class, "AF_", -1L, "AF_LOCAL");
    static final SymbolSet CLONE =
            SymbolSet.of(
                    CloneFlags.class,
                    "CLONE_",
                    0,
                    "CLONE_ARGS_SIZE_VER0 CLONE_ARGS_SIZE_VER1 CLONE_ARGS_SIZE_VER2 CLONE_NEWTIME");
    static final SymbolSet IOCTL =
            SymbolSet.of(
                    Ioctls.class,
                    "",
                    -1L,
                    "FIBMAP FIGETBSZ TIOCPKT_DATA TIOCPKT_FLUSHREAD"
                            + " TIOCPKT_FLUSHWRITE TIOCPKT_STOP TIOCPKT_START TIOCPKT_NOSTOP TIOCPKT_DOSTOP TIOCPKT_IOCTL TIOCINQ");
    static final SymbolSet FCNTL =
            SymbolSet.of(
                    Fcntl.class,
                    "F_",
                    -1L,
                    "F_RDLCK F_WRLCK F_UNLCK F_EXLCK F_SHLCK F_OWNER_TID F_OWNER_PID F_OWNER_PGRP F_SEAL_SEAL"
                            + " F_SEAL_SHRINK F_SEAL_GROW F_SEAL_WRITE F_SEAL_FUTURE_WRITE F_SEAL_EXEC");

    private Symbols() {}

    /** Adds a kind for each set that signatures name. */
    static void register(Map<String, ArgumentKind> kinds) {
        Map<String, SymbolSet> sets = new HashMap<>();
        files(sets);
        memory(sets);
        processes(sets);
        sockets(sets);
        sets.forEach((name, set) ->
                kinds.put(
                        name,
                        (out, call, index) -> set.print(out, call.argument(index) & 0xffff_ffffL)));
    }

    private static void files(Map<String, SymbolSet> sets) {
        sets.put("openflags", OPEN);
        sets.put(
                "pipeflags",
                SymbolSet.of(
                        OpenFlags.class,
                        "O_",
                        0,
                        "O_ACCMODE O_RDONLY O_WRONLY O_RDWR O_ASYNC O_NDELAY"));
        sets.put("whence", SymbolSet.of(SeekWhence.class, "SEEK_", -1L, "SEEK_MAX"));
        sets.put("access", SymbolSet.of(FileMode.class, "", 0, accessExclusions()));
        sets.put(
                "atflags",
                SymbolSet.of(
                        At.class,
                        "AT_",
                        0,
                        "AT_FDCWD AT_EACCESS AT_STATX_SYNC_TYPE AT_HANDLE_FID AT_HANDLE_MNT_ID_UNIQUE"
                                + " AT_HANDLE_CONNECTABLE AT_RENAME_NOREPLACE AT_RENAME_EXCHANGE AT_RENAME_WHITEOUT"
                                + " AT_STATX_SYNC_AS_STAT"));
        sets.put(
                "accessflags",
                SymbolSet.of(At.class, "AT_", 0, "AT_FDCWD AT_REMOVEDIR AT_STATX_SYNC_AS_STAT"));
        sets.put("statxmask", STATX);
        sets.put("fcntl", FCNTL);
        sets.put("flock", SymbolSet.of(Fcntl.class, "LOCK_", 0, ""));
        sets.put(
                "fallocate",
                SymbolSet.of(FallocateFlags.class, "FALLOC_FL_", 0, "FALLOC_FL_ALLOCATE_RANGE"));
        sets.put("fadvise", SymbolSet.choice(FallocateFlags.class, "POSIX_FADV_"));
        sets.put("syncrange", SymbolSet.flags(FallocateFlags.class, "SYNC_FILE_RANGE_"));
        sets.put("rwflags", SymbolSet.flags(FallocateFlags.class, "RWF_"));
        sets.put("rename", SymbolSet.flags(RenameFlags.class, "RENAME_"));
        sets.put(
                "xattr",
                SymbolSet.of(
                        XattrFlags.class,
                        "XATTR_",
                        0,
                        "XATTR_NAME_MAX XATTR_SIZE_MAX XATTR_LIST_MAX"));
        sets.put("splice", SymbolSet.flags(SpliceFlags.class, "SPLICE_F_"));
        sets.put("epollctl", SymbolSet.of(PollFlags.class, "EPOLL_CTL_", -1L, ""));
        sets.put("epollcreate", SymbolSet.flags(PollFlags.class, "EPOLL_CLOEXEC"));
        sets.put("eventfd", SymbolSet.flags(EventFlags.class, "EFD_"));
        sets.put("signalfd", SymbolSet.flags(EventFlags.class, "SFD_"));
        sets.put(
                "timerfdcreate",
                SymbolSet.of(
                        EventFlags.class,
                        "TFD_",
                        0,
                        "TFD_TIMER_ABSTIME TFD_TIMER_CANCEL_ON_SET TFD_IOC_SET_TICKS"));
        sets.put("timerfdset", SymbolSet.flags(EventFlags.class, "TFD_TIMER_"));
        sets.put(
                "inotify",
                SymbolSet.of(
                        InotifyFlags.class, "IN_", 0, "IN_CLOEXEC IN_NONBLOCK IN_CLOSE IN_MOVE"));
        sets.put("inotifyinit", SymbolSet.of(InotifyFlags.class, "IN_", 0, "IN_ACCESS"));
        sets.put(
                "mount",
                SymbolSet.of(MountFlags.class, "MS_", 0, "MS_RMT_MASK MS_MGC_VAL MS_MGC_MSK"));
        sets.put("umount", SymbolSet.of(MountFlags.class, "MNT_", 0, ""));
        sets.put(
                "memfd", SymbolSet.of(MemfdFlags.class, "MFD_", 0, "MFD_HUGE_SHIFT MFD_HUGE_MASK"));
        sets.put("closerange", SymbolSet.flags(CloseRangeFlags.class, "CLOSE_RANGE_"));
        sets.put("ioctlname", IOCTL);
    }

    private static void memory(Map<String, SymbolSet> sets) {
        sets.put("prot", SymbolSet.flags(MemoryFlags.class, "PROT_"));
        sets.put(
                "map",
                SymbolSet.of(
                        MemoryFlags.class,
                        "MAP_",
                        3,
                        "MAP_TYPE MAP_FILE MAP_HUGE_SHIFT MAP_HUGE_MASK MAP_HUGE_2MB MAP_HUGE_1GB MAP_UNINITIALIZED"));
        sets.put("madvise", SymbolSet.choice(MemoryFlags.class, "MADV_"));
        sets.put("mremap", SymbolSet.flags(MemoryFlags.class, "MREMAP_"));
        sets.put("msync", SymbolSet.flags(MemoryFlags.class, "MS_"));
        sets.put("mlock2", SymbolSet.flags(MemoryFlags.class, "MLOCK_"));
        sets.put("mlockall", SymbolSet.flags(MemoryFlags.class, "MCL_"));
        sets.put(
                "mempolicy",
                SymbolSet.of(
                        MempolicyFlags.class,
                        "MPOL_",
                        0xff,
                        "MPOL_F_NODE MPOL_F_ADDR MPOL_F_MEMS_ALLOWED MPOL_MF_STRICT MPOL_MF_MOVE MPOL_MF_MOVE_ALL"));
        sets.put(
                "membarrier",
                SymbolSet.of(Membarrier.class, "MEMBARRIER_CMD_", -1L, "MEMBARRIER_CMD_FLAG_CPU"));
    }

    private static void processes(Map<String, SymbolSet> sets) {
        sets.put("archprctl", SymbolSet.choice(ArchPrctl.class, "ARCH_"));
        sets.put("prctlop", SymbolSet.of(Prctl.class, "PR_", -1L, prctlExclusions()));
        sets.put(
                "ptraceop",
                SymbolSet.of(PtraceConstants.class, "PTRACE_", -1L, ptraceExclusions()));
        sets.put(
                "waitoptions",
                SymbolSet.of(WaitFlags.class, "W", 0, "WSTOPPED WCOREFLAG WSTATUS_CONTINUED"));
        sets.put("waitid", SymbolSet.of(WaitFlags.class, "P_", -1L, ""));
        sets.put("rlimit", SymbolSet.of(Rlimits.class, "RLIMIT_", -1L, ""));
        sets.put("rusage", SymbolSet.choice(Rlimits.class, "RUSAGE_"));
        sets.put("prio", SymbolSet.of(Rlimits.class, "PRIO_", -1L, "PRIO_MIN PRIO_MAX"));
        sets.put(
                "sched",
                SymbolSet.of(
                        SchedPolicy.class,
                        "SCHED_",
                        0xff,
                        "SCHED_NORMAL SCHED_FLAG_RESET_ON_FORK SCHED_FLAG_RECLAIM SCHED_FLAG_DL_OVERRUN"
                                + " SCHED_FLAG_KEEP_POLICY SCHED_FLAG_KEEP_PARAMS SCHED_FLAG_KEEP_ALL"
                                + " SCHED_FLAG_UTIL_CLAMP_MIN SCHED_FLAG_UTIL_CLAMP_MAX SCHED_FLAG_UTIL_CLAMP"
                                + " SCHED_FLAG_ALL SCHED_PRIORITY_MIN SCHED_PRIORITY_MAX"));
        sets.put("clock", SymbolSet.choice(Clocks.class, "CLOCK_"));
        sets.put("itimer", SymbolSet.choice(Clocks.class, "ITIMER_"));
        sets.put("timerflags", SymbolSet.flags(Clocks.class, "TIMER_ABSTIME"));
        sets.put("sigmaskhow", SymbolSet.of(Signals.class, "SIG_", -1L, "SIG_DFL SIG_IGN SIG_ERR"));
        sets.put(
                "seccompop",
                SymbolSet.of(
                        Seccomp.class,
                        "SECCOMP_",
                        -1L,
                        "SECCOMP_MODE_DISABLED SECCOMP_MODE_STRICT SECCOMP_MODE_FILTER"));
        sets.put("kcmp", SymbolSet.choice(KcmpTypes.class, "KCMP_"));
        sets.put("personality", SymbolSet.of(Personality.class, "", 0xff, "PER_MASK"));
        sets.put("getrandom", SymbolSet.flags(GetrandomFlags.class, "GRND_"));
        sets.put("syslog", SymbolSet.choice(SyslogActions.class, "SYSLOG_ACTION_"));
        sets.put(
                "unshare",
                SymbolSet.of(
                        CloneFlags.class,
                        "CLONE_",
                        0,
                        "CLONE_ARGS_SIZE_VER0 CLONE_ARGS_SIZE_VER1 CLONE_ARGS_SIZE_VER2"));
        sets.put(
                "ipcflags",
                SymbolSet.of(
                        IpcConstants.class,
                        "IPC_",
                        0,
                        "IPC_RMID IPC_SET IPC_STAT IPC_INFO IPC_PRIVATE"));
        sets.put(
                "pidfdopen",
                SymbolSet.of(
                        EventFlags.class,
                        "PIDFD_",
                        0,
                        "PIDFD_SIGNAL_THREAD PIDFD_SIGNAL_THREAD_GROUP PIDFD_SIGNAL_PROCESS_GROUP"));
    }

    private static void sockets(Map<String, SymbolSet> sets) {
        sets.put("family", FAMILY);
        sets.put("socktype", SymbolSet.of(SocketConstants.class, "SOCK_", 0xf, "SOCK_TYPE_MASK"));
        sets.put("sollevel", SymbolSet.of(SocketConstants.class, "SOL_", -1L, ""));
        sets.put("soption", SymbolSet.of(SocketConstants.class, "SO_", -1L, ""));
        sets.put("msgflags", SymbolSet.flags(SocketConstants.class, "MSG_"));
        sets.put("shutdown", SymbolSet.of(SocketConstants.class, "SHUT_", -1L, ""));
        sets.put(
                "acceptflags",
                SymbolSet.of(
                        SocketConstants.class,
                        "SOCK_",
                        0,
                        "SOCK_STREAM SOCK_DGRAM SOCK_RAW SOCK_RDM SOCK_SEQPACKET SOCK_PACKET SOCK_TYPE_MASK"));
    }

    /** Of all names in FileMode only F_OK, R_OK, W_OK and X_OK are wanted. */
    private static String accessExclusions() {
        StringBuilder names = new StringBuilder();
        for (var field : FileMode.class.getDeclaredFields()) {
            if (!field.getName().endsWith("_OK")) {
                names.append(field.getName()).append(' ');
            }
        }
        return names.toString();
    }

    private static String statxExclusions() {
        return "STATX__RESERVED STATX_ATTR_COMPRESSED STATX_ATTR_IMMUTABLE STATX_ATTR_APPEND STATX_ATTR_NODUMP"
                + " STATX_ATTR_ENCRYPTED STATX_ATTR_AUTOMOUNT STATX_ATTR_MOUNT_ROOT STATX_ATTR_VERITY STATX_ATTR_DAX"
                + " STATX_ATTR_WRITE_ATOMIC";
    }

    private static String prctlExclusions() {
        return "PR_SET_PTRACER_ANY PR_TSC_ENABLE PR_UNALIGN_NOPRINT PR_TSC_SIGSEGV PR_MCE_KILL_CLEAR";
    }

    private static String ptraceExclusions() {
        return "PTRACE_O_MASK PTRACE_O_TRACESYSGOOD PTRACE_O_TRACEFORK PTRACE_O_TRACEVFORK PTRACE_O_TRACECLONE"
                + " PTRACE_EVENT_FORK PTRACE_EVENT_VFORK PTRACE_EVENT_CLONE PTRACE_EVENT_EXEC";
    }
}

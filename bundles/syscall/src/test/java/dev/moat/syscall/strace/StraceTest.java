package dev.moat.syscall.strace;

import static dev.moat.abi.SyscallNumbers.*;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.abi.Errno;
import dev.moat.abi.Restart;
import dev.moat.abi.SigAction;
import dev.moat.abi.SigInfo;
import dev.moat.abi.SignalCodes;
import dev.moat.abi.Stat;
import dev.moat.abi.SyscallNumbers;
import dev.moat.abi.Timespec;
import dev.moat.api.sandbox.ExitStatus;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Lines as strace(1) writes them for the same calls. */
class StraceTest {
    private final List<String> lines = new ArrayList<>();
    private long nowNs;
    private final Strace strace = new Strace(lines::add, () -> nowNs);
    private final FakeGuest guest = new FakeGuest(7);

    @Test
    void everySystemCallHasASignature_andNothingElse() {
        Signatures signatures = new Signatures();
        for (int number = 0; number < SyscallNumbers.COUNT; number++) {
            if (SyscallNumbers.isDefined(number)) {
                assertTrue(
                        signatures.knows(SyscallNumbers.name(number)), SyscallNumbers.name(number));
            }
        }
        for (String name : signatures.names()) {
            assertTrue(
                    IntStream.range(0, SyscallNumbers.COUNT)
                            .anyMatch(number -> SyscallNumbers.name(number).equals(name)),
                    name);
        }
    }

    @Test
    void filesAndStrings() {
        long path = guest.string(0, "/etc/hosts");
        trace(__NR_openat, 3, -100, path, 02000000);
        expect("openat(AT_FDCWD, \"/etc/hosts\", O_RDONLY|O_CLOEXEC) = 3");
        trace(__NR_openat, -Errno.ENOENT.number(), 0xffffff9cL, path, 01101, 0644);
        expect(
                "openat(AT_FDCWD, \"/etc/hosts\", O_WRONLY|O_CREAT|O_TRUNC, 0644) = -1 ENOENT (No such file or"
                        + " directory)");
        long text = guest.string(100, "a\"\n\1772\0014567890123456789012345678901234567890");
        trace(__NR_write, 40, 1, text, 40);
        expect("write(1, \"a\\\"\\n\\1772\\00145678901234567890123456789\"..., 40) = 40");
        trace(__NR_read, 5, 0, guest.string(200, "hello"), 100);
        expect("read(0, \"hello\", 100) = 5");
        trace(__NR_read, -14, 0, 0xdead0000L, 100);
        expect("read(0, 0xdead0000, 100) = -1 EFAULT (Bad address)");
        trace(__NR_lseek, 0, 3, 0, 0);
        expect("lseek(3, 0, SEEK_SET) = 0");
        trace(__NR_fcntl, 02, 3, 3, 0);
        expect("fcntl(3, F_GETFL) = 0x2 (flags O_RDWR)");
        trace(__NR_access, 0, path, 4);
        expect("access(\"/etc/hosts\", R_OK) = 0");
        trace(__NR_close, 0, 3);
        expect("close(3) = 0");
    }

    @Test
    void structs() {
        new Stat(
                        1,
                        2,
                        1,
                        0100644,
                        0,
                        0,
                        0,
                        1234,
                        4096,
                        8,
                        Timespec.ZERO,
                        Timespec.ZERO,
                        Timespec.ZERO)
                .writeTo(guest.memory, 0);
        trace(__NR_fstat, 0, 3, FakeGuest.BASE);
        expect("fstat(3, {st_mode=S_IFREG|0644, st_size=1234, ...}) = 0");
        long vector = guest.longs(512, guest.string(1000, "ab"), 2, guest.string(1100, "cde"), 3);
        trace(__NR_writev, 5, 1, vector, 2);
        expect("writev(1, [{iov_base=\"ab\", iov_len=2}, {iov_base=\"cde\", iov_len=3}], 2) = 5");
        trace(__NR_clock_nanosleep, 0, 0, 0, guest.longs(600, 1, 500), 0);
        expect("clock_nanosleep(CLOCK_REALTIME, 0, {tv_sec=1, tv_nsec=500}, NULL) = 0");
        guest.ints(700, 3, 1 << 16 | 1);
        trace(__NR_poll, 1, FakeGuest.BASE + 700, 1, -1);
        expect("poll([{fd=3, events=POLLIN, revents=POLLIN}], 1, -1) = 1");
        trace(__NR_pipe2, 0, guest.ints(800, 3, 4), 02000000);
        expect("pipe2([3, 4], O_CLOEXEC) = 0");
        trace(__NR_wait4, 8, -1, guest.ints(900, 0x2a00), 0, 0);
        expect("wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 42}], 0, NULL) = 8");
    }

    @Test
    void signals() {
        new SigAction(0x401000, 0x14000000L, 0x402000, 1L << 16).writeTo(guest.memory, 0);
        trace(__NR_rt_sigaction, 0, 17, FakeGuest.BASE, 0, 8);
        expect(
                "rt_sigaction(SIGCHLD, {sa_handler=0x401000, sa_mask=[CHLD], sa_flags=SA_RESTORER|SA_RESTART,"
                        + " sa_restorer=0x402000}, NULL, 8) = 0");
        trace(__NR_rt_sigprocmask, 0, 2, guest.longs(600, ~0L), 0, 8);
        expect("rt_sigprocmask(SIG_SETMASK, ~[], NULL, 8) = 0");
        strace.signalDelivered(guest.task(), SigInfo.child(SignalCodes.CLD_EXITED, 8, 0, 3, 0, 0));
        expect(
                "--- SIGCHLD {si_signo=SIGCHLD, si_code=CLD_EXITED, si_pid=8, si_uid=0, si_status=3, si_utime=0, si_stime=0} ---");
        strace.signalDelivered(guest.task(), SigInfo.fault(11, SignalCodes.SEGV_MAPERR, 0x10));
        expect("--- SIGSEGV {si_signo=SIGSEGV, si_code=SEGV_MAPERR, si_addr=0x10} ---");
        trace(__NR_kill, 0, 8, 34);
        expect("kill(8, SIGRT_2) = 0");
    }

    @Test
    void memoryAndProcesses() {
        trace(__NR_mmap, 0x7f0000000000L, 0, 8192, 3, 0x22, -1, 0);
        expect(
                "mmap(NULL, 8192, PROT_READ|PROT_WRITE, MAP_PRIVATE|MAP_ANONYMOUS, -1, 0) = 0x7f0000000000");
        trace(__NR_brk, 0x1000, 0);
        expect("brk(NULL) = 0x1000");
        trace(__NR_clone, 9, 0x1200011L, 0, 0, 0, 0);
        expect(
                "clone(child_stack=NULL, flags=CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD, child_tidptr=NULL) = 9");
        trace(__NR_futex, -Restart.ERESTARTSYS, 0x1000, 0x80, 2, 0, 0, 0);
        expect(
                "futex(0x1000, FUTEX_WAIT_PRIVATE, 2, NULL) = ? ERESTARTSYS (To be restarted if SA_RESTART is set)");
        long argv = guest.longs(0, guest.string(512, "ls"), guest.string(600, "-l"), 0);
        trace(__NR_execve, 0, guest.string(700, "/bin/ls"), argv, argv);
        expect("execve(\"/bin/ls\", [\"ls\", \"-l\"], 0x10000 /* 2 vars */) = 0");
        trace(__NR_prctl, 0, 15, guest.string(512, "name"), 0, 0, 0);
        expect("prctl(PR_SET_NAME, \"name\", 0, 0, 0) = 0");
        trace(__NR_arch_prctl, 0, 0x1002, 0x7f0000000000L);
        expect("arch_prctl(ARCH_SET_FS, 0x7f0000000000) = 0");
        trace(__NR_futex_waitv + 100, -38, 1);
        expect("syscall_549(0x1, 0, 0, 0, 0, 0) = -1 ENOSYS (Function not implemented)");
    }

    @Test
    void sockets() {
        guest.string(0, "\1\0/run/x");
        trace(__NR_connect, 0, 3, FakeGuest.BASE, 9);
        expect("connect(3, {sa_family=AF_UNIX, sun_path=\"/run/x\"}, 9) = 0");
        guest.string(0, "\2\0\0\120\177\0\0\1\0\0\0\0\0\0\0\0");
        trace(__NR_connect, 0, 3, FakeGuest.BASE, 16);
        expect(
                "connect(3, {sa_family=AF_INET, sin_port=htons(80), sin_addr=inet_addr(\"127.0.0.1\")}, 16) = 0");
        trace(__NR_socket, 3, 1, 02000001, 0);
        expect("socket(AF_UNIX, SOCK_STREAM|SOCK_CLOEXEC, 0) = 3");
    }

    @Test
    void exitNeverReturns() {
        strace.entered(guest.task(), __NR_exit_group, new long[] {3, 0, 0, 0, 0, 0});
        strace.taskEnded(guest.task(), ExitStatus.exited(3));
        assertEquals(
                List.of("[pid     7] exit_group(3) = ?", "[pid     7] +++ exited with 3 +++"),
                lines);
    }

    @Test
    void longCall_isUnfinishedAndResumedAroundLinesOfOthers() {
        FakeGuest other = new FakeGuest(8);
        long[] wait = {-1, guest.ints(0, 0x100), 0, 0, 0, 0};
        long[] close = {3, 0, 0, 0, 0, 0};
        strace.entered(guest.task(), __NR_wait4, wait);
        strace.entered(other.task(), __NR_close, close);
        strace.left(other.task(), __NR_close, close, 0);
        nowNs += 6_000_000;
        strace.entered(other.task(), __NR_close, close);
        strace.left(other.task(), __NR_close, close, 0);
        strace.left(guest.task(), __NR_wait4, wait, 8);
        assertEquals(
                List.of(
                        "[pid     8] close(3) = 0",
                        "[pid     7] wait4(-1,  <unfinished ...>",
                        "[pid     8] close(3) = 0",
                        "[pid     7] <... wait4 resumed>[{WIFEXITED(s) && WEXITSTATUS(s) == 1}], 0, NULL) = 8"),
                lines);
    }

    @Test
    void callMadeAgainAfterTheSafePoint_isOneLine() {
        long[] wait = {-1, guest.ints(0, 0x100), 0, 0, 0, 0};
        strace.entered(guest.task(), __NR_wait4, wait);
        guest.resumption.suspend(Long.MAX_VALUE);
        strace.entered(guest.task(), __NR_wait4, new long[] {-1, 0, 0, 0, 0, 0});
        strace.left(guest.task(), __NR_wait4, wait, 8);
        assertEquals(
                List.of(
                        "[pid     7] wait4(-1, [{WIFEXITED(s) && WEXITSTATUS(s) == 1}], 0, NULL) = 8"),
                lines);
    }

    /** Hostile arguments: a line for every call, whatever the registers hold. */
    @Test
    void anyArguments_giveALine() {
        Random random = new Random(3);
        long[] interesting = {
            0, -1, 1, FakeGuest.BASE, FakeGuest.BASE + 65000, Long.MIN_VALUE, 1L << 47, 7, 4096
        };
        for (int round = 0; round < 20; round++) {
            for (int number = -2; number < SyscallNumbers.COUNT + 2; number++) {
                long[] arguments = new long[6];
                for (int i = 0; i < 6; i++) {
                    arguments[i] =
                            random.nextBoolean()
                                    ? interesting[random.nextInt(interesting.length)]
                                    : random.nextLong();
                }
                strace.entered(guest.task(), number, arguments);
                strace.left(
                        guest.task(),
                        number,
                        arguments,
                        interesting[random.nextInt(interesting.length)]);
            }
        }
        assertEquals(20 * (SyscallNumbers.COUNT + 4), lines.size());
    }

    private void trace(int number, long result, long... arguments) {
        long[] six = Arrays.copyOf(arguments, 6);
        strace.entered(guest.task(), number, six);
        strace.left(guest.task(), number, six, result);
    }

    private void expect(String line) {
        assertEquals("[pid     7] " + line, lines.getLast());
    }
}

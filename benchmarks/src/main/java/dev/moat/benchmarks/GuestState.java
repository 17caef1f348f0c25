package dev.moat.benchmarks;

import static dev.moat.abi.SyscallNumbers.__NR_mmap;
import static dev.moat.abi.SyscallNumbers.__NR_openat;
import static dev.moat.abi.SyscallNumbers.__NR_write;

import dev.moat.api.sandbox.ProcessSpec;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.SandboxManager;
import dev.moat.api.sandbox.SandboxSpec;
import dev.moat.api.sandbox.Stdio;
import dev.moat.api.swap.SwapService;
import dev.moat.api.swap.SwapService.Part;
import dev.moat.api.swap.SwapService.Request;
import dev.moat.api.syscall.SyscallDispatcher;
import dev.moat.api.task.Task;
import dev.moat.cli.Kernel;
import dev.moat.launcher.BenchmarkKernel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * A sandbox whose only program sleeps, and a file of one page in its tmpfs. The benchmark's thread
 * makes system calls in the name of the sleeping task.
 */
@State(Scope.Benchmark)
public class GuestState {
    static final int PAGE_BYTES = 4096;
    private static final int AT_FDCWD = -100;
    private static final int READ_WRITE_CREATE = 0102;
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
    private static final Duration SAFE_POINT_LIMIT = Duration.ofSeconds(10);

    Task task;
    SyscallDispatcher calls;

    /** Guest address of a page for data. */
    long buffer;

    /** Guest address of the file's path. */
    long path;

    /** Descriptor of the file. */
    int file;

    /** Where {@link #text} puts the next string. */
    private long texts;

    private Kernel kernel;
    private Sandbox sandbox;

    @SuppressWarnings("NullAway.Init") // JMH calls start first
    public GuestState() {}

    @Setup(Level.Trial)
    public void start() {
        kernel = BenchmarkKernel.start();
        var process =
                new ProcessSpec(
                        List.of("/bin/sleep", "100000"),
                        List.of("PATH=/bin"),
                        "/",
                        ProcessSpec.User.ROOT);
        sandbox =
                kernel.service(SandboxManager.class)
                        .start(
                                new SandboxSpec(
                                        Optional.empty(),
                                        Optional.empty(),
                                        Optional.empty(),
                                        Long.MAX_VALUE,
                                        "bench",
                                        List.of(),
                                        process,
                                        Stdio.Inherit.OWN,
                                        Optional.empty()));
        task = sandbox.tasks().task(1).orElseThrow();
        calls = sandbox.syscalls();
        buffer = call(__NR_mmap, 0, 16 * PAGE_BYTES, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0);
        texts = buffer + PAGE_BYTES;
        path = text("/tmp/benchmark");
        file = (int) call(__NR_openat, AT_FDCWD, path, READ_WRITE_CREATE, 0600, 0, 0);
        long written = call(__NR_write, file, buffer, PAGE_BYTES, 0, 0, 0);
        if (written != PAGE_BYTES) {
            throw new IllegalStateException("write gave " + written);
        }
    }

    @TearDown(Level.Trial)
    public void stop() {
        sandbox.kill();
        kernel.close();
    }

    /**
     * Swaps bundles of the distribution for themselves, installed once more: the objects of the
     * kernel are others afterwards.
     */
    void swap(List<String> bundles) {
        Path directory = Path.of(System.getProperty("moat.home"), "bundles", "20-kernel");
        List<Part> parts =
                bundles.stream()
                        .map(name -> directory.resolve("dev.moat." + name + ".jar").toUri())
                        .map(jar -> new Part(Optional.empty(), jar))
                        .toList();
        kernel.service(SwapService.class)
                .swap(new Request(List.of(sandbox), parts, SAFE_POINT_LIMIT, Duration.ZERO));
        task = sandbox.tasks().task(1).orElseThrow();
        calls = sandbox.syscalls();
    }

    /** Puts a string into guest memory and gives its address. */
    long text(String text) {
        byte[] bytes = (text + '\0').getBytes(StandardCharsets.ISO_8859_1);
        long at = texts;
        task.user().copyOut(at, bytes);
        texts += bytes.length;
        return at;
    }

    /** A call that must not fail. */
    long require(int number, long a0, long a1, long a2, long a3) {
        long result = call(number, a0, a1, a2, a3, 0, 0);
        if (result < 0) {
            throw new IllegalStateException("call " + number + " gave " + result);
        }
        return result;
    }

    long call(int number, long a0, long a1, long a2, long a3, long a4, long a5) {
        return calls.dispatch(task, number, a0, a1, a2, a3, a4, a5);
    }
}

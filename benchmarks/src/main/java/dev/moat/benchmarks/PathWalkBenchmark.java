package dev.moat.benchmarks;

import static dev.moat.abi.SyscallNumbers.__NR_mkdir;
import static dev.moat.abi.SyscallNumbers.__NR_mknod;
import static dev.moat.abi.SyscallNumbers.__NR_symlink;

import dev.moat.api.vfs.Vfs;
import dev.moat.api.vfs.VfsPath;
import java.util.concurrent.TimeUnit;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.BenchmarkMode;
import org.openjdk.jmh.annotations.Level;
import org.openjdk.jmh.annotations.Mode;
import org.openjdk.jmh.annotations.OutputTimeUnit;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;

/** From a path to what it names: components, mounts, symbolic links, {@code ..}, permissions. */
@BenchmarkMode(Mode.AverageTime)
@OutputTimeUnit(TimeUnit.NANOSECONDS)
@State(Scope.Benchmark)
public class PathWalkBenchmark {
    private static final int REGULAR = 0100600;

    @Setup(Level.Trial)
    public void makeFiles(GuestState guest) {
        String directory = "/tmp/walk";
        guest.require(__NR_mkdir, guest.text(directory), 0700, 0, 0);
        guest.require(
                __NR_symlink, guest.text("one/two/three"), guest.text("/tmp/walk/short"), 0, 0);
        for (String name : new String[] {"one", "two", "three"}) {
            directory += "/" + name;
            guest.require(__NR_mkdir, guest.text(directory), 0700, 0, 0);
        }
        guest.require(__NR_mknod, guest.text(directory + "/file"), REGULAR, 0, 0);
    }

    /** One mount crossing, one name. */
    @Benchmark
    public VfsPath twoComponents(GuestState guest) {
        return walk(guest, "/tmp/walk");
    }

    @Benchmark
    public VfsPath sixComponents(GuestState guest) {
        return walk(guest, "/tmp/walk/one/two/three/file");
    }

    @Benchmark
    public VfsPath throughSymbolicLink(GuestState guest) {
        return walk(guest, "/tmp/walk/short/file");
    }

    @Benchmark
    public VfsPath upAndDown(GuestState guest) {
        return walk(guest, "/tmp/walk/one/two/../../one/two/three/file");
    }

    /** A file below the host's root: overlay and host directory. */
    @Benchmark
    public VfsPath underTheOverlay(GuestState guest) {
        return walk(guest, "/usr/bin/env");
    }

    private static VfsPath walk(GuestState guest, String path) {
        return guest.task.sandbox().vfs().resolve(guest.task, path, Vfs.Follow.YES);
    }
}

package dev.moat.swap.checkpoint;

import dev.moat.api.swap.CheckpointService.Cpu;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Stream;

/** What guest code may have found out about the CPU by {@code cpuid} and relies on. */
final class HostCpu {
    /** Instructions that programs choose code by; not what only kernels see (proc_cpuinfo(5)). */
    private static final Set<String> INSTRUCTIONS =
            Set.of(
                    "abm",
                    "adx",
                    "aes",
                    "amx_bf16",
                    "amx_int8",
                    "amx_tile",
                    "avx",
                    "avx2",
                    "avx_vnni",
                    "bmi1",
                    "bmi2",
                    "clflushopt",
                    "clwb",
                    "clzero",
                    "cmov",
                    "cx16",
                    "cx8",
                    "erms",
                    "f16c",
                    "fma",
                    "fma4",
                    "fsgsbase",
                    "fsrm",
                    "fxsr",
                    "gfni",
                    "lahf_lm",
                    "mmx",
                    "movbe",
                    "movdir64b",
                    "movdiri",
                    "ospke",
                    "pclmulqdq",
                    "pku",
                    "pni",
                    "popcnt",
                    "rdpid",
                    "rdrand",
                    "rdseed",
                    "rdtscp",
                    "serialize",
                    "sha_ni",
                    "sse",
                    "sse2",
                    "sse4_1",
                    "sse4_2",
                    "sse4a",
                    "ssse3",
                    "tbm",
                    "vaes",
                    "vpclmulqdq",
                    "waitpkg",
                    "xop",
                    "xsave",
                    "xsavec",
                    "xsaveopt");

    private static final String WIDE_VECTORS = "avx512";
    private static final Path FACTS = Path.of("/proc/cpuinfo");

    private HostCpu() {}

    static Cpu read(String architecture, int xsaveBytes) {
        try (Stream<String> lines = Files.lines(FACTS)) {
            List<String> features =
                    lines
                            .filter(line -> line.startsWith("flags"))
                            .findFirst()
                            .map(line -> line.substring(line.indexOf(':') + 1))
                            .stream()
                            .flatMap(flags -> Arrays.stream(flags.trim().split(" +")))
                            .filter(flag ->
                                    INSTRUCTIONS.contains(flag) || flag.startsWith(WIDE_VECTORS))
                            .sorted()
                            .toList();
            return new Cpu(architecture, features, xsaveBytes);
        } catch (IOException e) {
            throw new CheckpointException("the host does not tell what its CPU can do: " + e, e);
        }
    }

    /**
     * Whether this machine has what programs may have found.
     *
     * @throws CheckpointException it cannot run what relies on {@code needed}
     */
    static void require(Cpu needed, String architecture) {
        if (!needed.architecture().equals(architecture)) {
            throw new CheckpointException(
                    "it was written on %s, this machine is %s"
                            .formatted(needed.architecture(), architecture));
        }
        Set<String> missing = new TreeSet<>(needed.features());
        missing.removeAll(read(architecture, needed.xsaveBytes()).features());
        if (!missing.isEmpty()) {
            throw new CheckpointException(
                    "its programs may use what this CPU lacks: " + String.join(", ", missing));
        }
    }

    /**
     * Whether a platform has room for the floating-point states: a shorter one is filled up with
     * what nobody has used, a longer one cannot be cut.
     *
     * @throws CheckpointException it has not
     */
    static void requireRoom(Cpu needed, int bytesHere) {
        if (needed.xsaveBytes() > bytesHere) {
            throw new CheckpointException(
                    "its floating-point states have %d bytes, this CPU's have %d"
                            .formatted(needed.xsaveBytes(), bytesHere));
        }
    }
}

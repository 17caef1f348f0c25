package dev.moat.abi;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;
import static org.junit.jupiter.api.Assumptions.assumeFalse;

import java.io.IOException;
import java.lang.foreign.GroupLayout;
import java.lang.foreign.MemoryLayout;
import java.lang.foreign.PaddingLayout;
import java.lang.foreign.StructLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestReporter;
import org.junit.jupiter.api.io.TempDir;

/**
 * Every constant, size and offset of the package equals what the machine's C headers say.
 *
 * <p>The program is made from the classes by reflection, so nothing that is added later escapes. A
 * name that the headers lack (newer than they are, or inside the kernel only) is not compared; how
 * many may be is limited.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AbiMatchesHeadersTest {
    /** Classes about which no header of user space says anything. */
    private static final List<String> WITHOUT_HEADER =
            List.of(
                    "DeviceNumbers",
                    "ErrnoException",
                    "PagemapBits",
                    "Restart",
                    "SyslogActions",
                    "VmFlags");

    /** Structs that user space has no header for, or under another name. */
    private static final Map<String, String> PRELUDES =
            Map.of(
                    "Dirent64",
                    "#define linux_dirent64 dirent64",
                    "LinuxDirent",
                    "struct linux_dirent { unsigned long d_ino, d_off; unsigned short d_reclen; char d_name[]; };",
                    "RtSigframe",
                    "struct rt_sigframe { char *pretcode; struct ucontext uc; siginfo_t info; };",
                    "SigsetArg",
                    "struct sigset_argpack { void *p; size_t size; };",
                    "EventFlags",
                    "#include <linux/ioctl.h>\n#define TFD_IOC_SET_TICKS _IOW(0x54, 0, unsigned long long)");

    private final Map<String, Long> expected = new TreeMap<>();
    private final Map<String, Long> actual = new TreeMap<>();

    @BeforeAll
    void askTheCompiler(@TempDir Path directory) throws IOException, InterruptedException {
        assumeFalse(HeaderProgram.compiler().isEmpty(), "skipped: no C compiler");
        Map<String, List<String>> headers = AbiClasses.headers();
        Map<String, List<Class<?>>> programs = new TreeMap<>();
        for (Class<?> type : AbiClasses.all()) {
            String name = type.getSimpleName();
            if (!WITHOUT_HEADER.contains(name)) {
                String key =
                        headers.getOrDefault(name, List.of()) + PRELUDES.getOrDefault(name, "");
                programs.computeIfAbsent(key, k -> new ArrayList<>()).add(type);
            }
        }
        for (List<Class<?>> types : programs.values()) {
            String name = types.getFirst().getSimpleName();
            List<String> includes = headers.getOrDefault(name, List.of());
            ask(directory, types, includes, PRELUDES.getOrDefault(name, ""));
        }
    }

    @Test
    void everyClass_hasHeaders() {
        var missing = new TreeSet<String>();
        AbiClasses.all().forEach(type -> missing.add(type.getSimpleName()));
        missing.removeAll(AbiClasses.headers().keySet());
        missing.removeAll(WITHOUT_HEADER);
        assertEquals(new TreeSet<>(), missing, "classes without a line in headers.txt");
    }

    @Test
    void everyNumber_equalsTheHeaders() {
        var wrong = new TreeMap<String, String>();
        actual.forEach((what, theirs) -> {
            long ours = expected.get(what);
            if (ours != theirs && !isSameWord(ours, theirs)) {
                wrong.put(what, "ours " + ours + ", headers " + theirs);
            }
        });
        assertEquals(new TreeMap<>(), wrong);
    }

    @Test
    void nearlyEveryNumber_isKnownToTheHeaders(TestReporter reporter) {
        var unknown = new TreeSet<>(expected.keySet());
        unknown.removeAll(actual.keySet());
        reporter.publishEntry("compared", String.valueOf(actual.size()));
        reporter.publishEntry("not in the headers", String.join(" ", unknown));
        assertTrue(expected.size() > 2_000, "found only " + expected.size());
        assertTrue(unknown.size() * 10 < expected.size(), () -> "not compared: " + unknown);
    }

    /** An unsigned int of C with its high bit set is a negative int of ours. */
    private static boolean isSameWord(long ours, long theirs) {
        return ours == (int) ours && theirs == Integer.toUnsignedLong((int) ours);
    }

    private void ask(Path directory, List<Class<?>> types, List<String> headers, String prelude)
            throws IOException, InterruptedException {
        Map<String, String> expressions = new TreeMap<>();
        for (Class<?> type : types) {
            String name = type.getSimpleName();
            AbiClasses.constants(type)
                    .forEach((constant, value) -> {
                        expected.put(name + "." + constant, value);
                        expressions.put(name + "." + constant, constant);
                    });
            AbiClasses.layout(type).ifPresent(layout -> addLayout(name, layout, expressions));
        }
        Map<String, Long> values =
                new HeaderProgram(directory, headers, prelude, List.copyOf(expressions.values()))
                        .run();
        expressions.forEach((what, expression) -> {
            if (values.containsKey(expression)) {
                actual.put(what, values.get(expression));
            }
        });
    }

    private void addLayout(String name, StructLayout layout, Map<String, String> expressions) {
        String type = layout.name().orElseThrow();
        boolean hasTail =
                layout.memberLayouts().stream()
                        .anyMatch(m -> !(m instanceof PaddingLayout) && m.byteSize() == 0);
        if (!hasTail) {
            add("sizeof " + name, "sizeof(" + type + ")", layout.byteSize(), expressions);
        }
        addMembers(name, type, "", 0, layout, expressions);
    }

    private void addMembers(
            String name,
            String type,
            String prefix,
            long at,
            GroupLayout group,
            Map<String, String> expressions) {
        long offset = at;
        for (MemoryLayout member : group.memberLayouts()) {
            String path = prefix + member.name().orElse("");
            if (member.name().isPresent()) {
                String place = "__builtin_offsetof(" + type + ", " + path + ")";
                add("offset " + name + "." + path, place, offset, expressions);
                if (member.byteSize() > 0) {
                    String size = "sizeof(((" + type + " *) 0)->" + path + ")";
                    add("size " + name + "." + path, size, member.byteSize(), expressions);
                }
            }
            if (member instanceof GroupLayout inner) {
                String next = member.name().isPresent() ? path + "." : prefix;
                addMembers(name, type, next, offset, inner, expressions);
            }
            if (group instanceof StructLayout) {
                offset += member.byteSize();
            }
        }
    }

    private void add(String what, String expression, long value, Map<String, String> expressions) {
        expected.put(what, value);
        expressions.put(what, expression);
    }
}

package dev.moat.itests.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaAnnotation;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaEnumConstant;
import com.tngtech.archunit.core.domain.JavaMethod;
import dev.moat.abi.SyscallNumbers;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * {@code docs/syscalls.md} says what the annotations of the handlers say. To write it anew: {@code
 * mvn -pl itests -am test -Dmoat.docs=write}.
 */
class SyscallsDocumentTest {
    private static final String ANNOTATION = "dev.moat.api.syscall.Syscall";

    private static final String HEAD =
            """
            # System calls

            Generated from the `@Syscall` annotations of the handlers; `SyscallsDocumentTest` fails when it is stale.
            FULL: all of the man page that applies to a sandbox. PARTIAL: see the note. REFUSED: always answered with the
            errno that Linux gives where the feature is not built in or not permitted. A call that is not listed gives
            ENOSYS.

            """;

    private record Entry(int number, String name, String support, String note, String subsystem) {}

    @Test
    void theDocumentIsUpToDate() throws IOException {
        String expected = render(entries());
        Path file = ProductClasses.root().resolve("docs/syscalls.md");
        if ("write".equals(System.getProperty("moat.docs"))) {
            Files.createDirectories(file.getParent());
            Files.writeString(file, expected);
        }
        assertEquals(
                expected,
                Files.readString(file),
                "stale: run mvn -pl itests -am test -Dmoat.docs=write");
    }

    @Test
    void everyCallThatIsNotFullSaysWhy() {
        List<String> silent =
                entries().values().stream()
                        .filter(entry -> !entry.support().equals("FULL") && entry.note().isBlank())
                        .map(Entry::name)
                        .toList();
        assertEquals(List.of(), silent);
    }

    @Test
    void everyNameIsThatOfLinux() {
        for (Entry entry : entries().values()) {
            assertEquals(SyscallNumbers.name(entry.number()), entry.name());
        }
    }

    private static Map<Integer, Entry> entries() {
        Map<Integer, Entry> entries = new TreeMap<>();
        for (JavaClass type : ProductClasses.all()) {
            for (JavaMethod method : type.getMethods()) {
                if (method.isAnnotatedWith(ANNOTATION)) {
                    Entry entry = entry(method);
                    Entry other = entries.put(entry.number(), entry);
                    assertTrue(other == null, () -> "served twice: " + entry + ", " + other);
                }
            }
        }
        return entries;
    }

    private static Entry entry(JavaMethod method) {
        JavaAnnotation<?> annotation = method.getAnnotationOfType(ANNOTATION);
        String subsystem = method.getOwner().getPackageName().split("\\.")[2];
        return new Entry(
                (int) annotation.get("nr").orElseThrow(),
                (String) annotation.get("name").orElseThrow(),
                ((JavaEnumConstant) annotation.get("support").orElseThrow()).name(),
                (String) annotation.get("note").orElseThrow(),
                subsystem);
    }

    private static String render(Map<Integer, Entry> entries) {
        List<String> lines = new ArrayList<>();
        lines.add("| nr | call | support | subsystem | note |");
        lines.add("| --- | --- | --- | --- | --- |");
        for (Entry entry : entries.values()) {
            lines.add(
                    "| %d | %s | %s | %s | %s |"
                            .formatted(
                                    entry.number(),
                                    entry.name(),
                                    entry.support(),
                                    entry.subsystem(),
                                    entry.note())
                            .replace("  |", " |"));
        }
        return HEAD + entries.size() + " calls.\n\n" + String.join("\n", lines) + "\n";
    }
}

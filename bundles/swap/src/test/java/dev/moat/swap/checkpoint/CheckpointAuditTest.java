package dev.moat.swap.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.swap.engine.Revision;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class CheckpointAuditTest {
    @TempDir Path directory;

    @Test
    void stateThatComesBack_hasNoProblems() throws Exception {
        assertEquals(
                List.of(),
                audit(
                        """
                        @Stateful class Node {
                            final List<Object> parts = new ArrayList<>(List.of("a", 1));
                            @HostBound("opened again") final int fd = 3;
                            @HostBound("started again") final Thread worker = new Thread(() -> {});
                            @Derived("counted again") final Object joiner = new StringJoiner(",");
                            final int endFd = -1;
                            static Object make() { return new Node(); }
                        }
                        """,
                        Set.of(RevisionTypes.BUNDLE)));
    }

    @Test
    void whatASwapCarries_andAFileCannotHold_isTold() throws Exception {
        String source =
                """
                @Stateful class Node {
                    final int fd = 3;
                    final Thread worker = new Thread(() -> {});
                    final java.lang.foreign.MemorySegment memory =
                            java.lang.foreign.Arena.global().allocate(8);
                    final java.util.zip.Checksum sum = new java.util.zip.CRC32();
                    final Runnable work = () -> System.out.println(1);
                    final Platform platform = new Platform();
                    static class Platform {}
                    static Object make() { return new Node(); }
                }
                """;
        String found = String.join("\n", audit(source, Set.of(RevisionTypes.BUNDLE)));
        for (String problem :
                List.of(
                        "Node.fd is a host descriptor and not @HostBound",
                        "nobody knows how to carry a java.lang.Thread",
                        "NativeMemorySegmentImpl",
                        "java.util.zip.CRC32",
                        "a lambda or anonymous class has no name",
                        "Node$Platform is no state")) {
            assertTrue(found.contains(problem), problem + " in " + found);
        }
        assertEquals(6, found.lines().count(), found);
    }

    @Test
    void classOfABundleThatTheManifestDoesNotName_isTold() throws Exception {
        List<String> found =
                audit(
                        "@Stateful class Node { static Object make() { return new Node(); } }",
                        Set.of("another"));
        assertEquals(1, found.size());
        assertTrue(
                found.getFirst()
                        .endsWith(
                                "is of bundle dev.moat.example, which the manifest does not name"),
                found.getFirst());
    }

    private List<String> audit(String source, Set<String> named) throws Exception {
        try (Revision revision = Revision.compile(directory, Map.of("Node", source))) {
            return CheckpointAudit.of(
                    revision.call("Node", "make"), new RevisionTypes(revision), named);
        }
    }
}

package dev.moat.swap.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.moat.swap.engine.StateAudit.Finding;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StateAuditTest {
    @TempDir Path directory;

    /** What the sandbox is for the audit. */
    private record Root(Object held) {}

    @Test
    void stateOfPlainFields_hasNoFindings() throws Exception {
        assertEquals(
                List.of(),
                problems(
                        """
                        @Stateful class Node {
                            final List<Object> parts = new ArrayList<>(List.of("a", 1));
                            final Map<String, Link> links = new HashMap<>(Map.of("b", new Link(2)));
                            @Derived("again") final Thread thread = new Thread(() -> {});
                            record Link(int weight) {}
                            static Object make() { return new Node(); }
                        }
                        """));
    }

    @Test
    void eachKindOfProblem_isTold_onceAndWithItsSeverity() throws Exception {
        assertEquals(
                List.of(
                        "SWAP: dev.moat.example.Node is not @Stateful",
                        "CHECKPOINT: a host descriptor: Node.fd",
                        "SWAP: a lambda of dev.moat.example.Node",
                        "SWAP: a class without a name: dev.moat.example.Node$1",
                        "SWAP: nobody knows how to carry a java.util.StringJoiner",
                        "SWAP: dev.moat.example.Node$Held extends java.util.ArrayList, whose fields"
                                + " are closed",
                        "SWAP: a collection is ordered by dev.moat.example.Node"),
                problems(
                        """
                        class Node {
                            final int fd = 3;
                            final List<Node> twice = new ArrayList<>();
                            final Runnable work = () -> System.out.println(1);
                            final Object anonymous = new Object() {};
                            final Object joiner = new StringJoiner(",");
                            final Held list = new Held();
                            final TreeSet<String> sorted =
                                    new TreeSet<>((a, b) -> b.compareTo(a));
                            @Stateful static class Held extends ArrayList<String> {}
                            static Object make() {
                                Node node = new Node();
                                node.twice.add(new Node());
                                return node;
                            }
                        }
                        """));
    }

    @Test
    void insideOfAComponentThatStateRefersTo_isTold_unlessItIsShared() throws Exception {
        String source =
                """
                @Stateful class Node {
                    @Stateful static class Table {}
                    final Table table;
                    Node(Table table) { this.table = table; }
                    static class Private {
                        final Table table = new Table();
                    }
                    static class Public implements SharedParts {
                        final Table table = new Table();
                        public Map<String, Object> sharedParts() { return Map.of("t", table); }
                    }
                    static Object[] makePrivate() {
                        Private component = new Private();
                        return new Object[] {new Node(component.table), component};
                    }
                    static Object[] makePublic() {
                        Public component = new Public();
                        return new Object[] {new Node(component.table), component};
                    }
                }
                """;
        try (Revision revision = Revision.compile(directory, Map.of("Node", source))) {
            Object[] hidden = (Object[]) revision.call("Node", "makePrivate");
            assertEquals(
                    List.of(
                            "SWAP: dev.moat.example.Node$Private holds a"
                                    + " dev.moat.example.Node$Table, which the state of a sandbox"
                                    + " refers to"),
                    lines(StateAudit.of(new Root(hidden[0]), List.of(hidden[1]))));
            Object[] shown = (Object[]) revision.call("Node", "makePublic");
            assertEquals(List.of(), lines(StateAudit.of(new Root(shown[0]), List.of(shown[1]))));
        }
    }

    private List<String> problems(String source) throws Exception {
        try (Revision revision = Revision.compile(directory, Map.of("Node", source))) {
            List<Finding> findings =
                    StateAudit.of(new Root(revision.call("Node", "make")), List.of());
            findings.forEach(finding -> assertEquals("Root", finding.path().split(" > ")[0]));
            return lines(findings);
        }
    }

    private static List<String> lines(List<Finding> findings) {
        return findings.stream()
                .map(finding -> finding.severity() + ": " + finding.problem())
                .toList();
    }
}

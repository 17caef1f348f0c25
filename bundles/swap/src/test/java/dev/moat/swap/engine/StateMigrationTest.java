package dev.moat.swap.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.api.swap.IncompatibleStateException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** State of a made-up bundle, carried from one class loader to another one. */
class StateMigrationTest {
    @TempDir Path directory;

    /** What the sandbox is for the engine: an object that is not replaced. */
    private static final class Root {
        private final List<Object> parts = new ArrayList<>();
        private final Map<Object, Object> names = new HashMap<>();
        private Object held = "nothing";
        private Runnable work = Root::nothing;

        private static void nothing() {}
    }

    private static final String NODE =
            """
            @Stateful class Node {
                private final String name;
                private final List<Node> peers = new ArrayList<>();
                private final AtomicReference<Node> best = new AtomicReference<>();
                private final int[] numbers = {1, 2, 3};
                private Mode mode = Mode.FAST;
                private Link link;
                private Node[] row = new Node[2];
                long count = 7;
                enum Mode { SLOW, FAST }
                record Link(Node to, int weight, Optional<Node> spare) {}
                Node(String name) { this.name = name; }
                static Node pair() {
                    Node a = new Node("a");
                    Node b = new Node("b");
                    a.peers.add(b);
                    b.peers.add(a);
                    a.best.set(b);
                    a.link = new Link(b, 5, Optional.of(a));
                    a.row[1] = b;
                    return a;
                }
                static String show(Object o) {
                    Node n = (Node) o;
                    return n.name + n.peers.get(0).name + n.best.get().name + n.link.to().name
                            + n.link.weight() + n.link.spare().get().name + n.row[1].name + n.mode
                            + n.numbers[2] + n.count + (n.peers.get(0).peers.get(0) == n)
                            + (n.best.get() == n.peers.get(0));
                }
            }
            """;

    @Test
    void graph_swapped_isTheSameInNewClasses() throws Exception {
        Revision old = revision("old", Map.of("Node", NODE));
        Revision now = revision("new", Map.of("Node", NODE));
        Root root = new Root();
        Object node = old.call("Node", "pair");
        root.parts.add(node);
        root.names.put(node, "key");
        root.names.put("value", node);
        root.held = List.of(node);

        StateMigration migration = migrate(root, old, now);

        Object moved = root.parts.getFirst();
        assertSame(now.type("Node"), moved.getClass());
        assertEquals("abbb5abFAST37truetrue", now.call("Node", "show", moved));
        assertEquals("key", root.names.get(moved), "found under its new hash code");
        assertSame(moved, root.names.get("value"));
        assertSame(moved, ((List<?>) root.held).getFirst());
        // two nodes, one link
        assertEquals(3, migration.carriedObjects());
    }

    @Test
    void prepare_notCommitted_changesNothing() throws Exception {
        Revision old = revision("old", Map.of("Node", NODE));
        Revision now = revision("new", Map.of("Node", NODE));
        Root root = new Root();
        Object node = old.call("Node", "pair");
        root.parts.add(node);
        root.held = node;

        StateMigration.prepare(root, List.of(replacement(old, now))).cancel();

        assertSame(node, root.parts.getFirst());
        assertSame(node, root.held);
        assertEquals("abbb5abFAST37truetrue", old.call("Node", "show", node));
    }

    @Test
    void swappedBack_isTheOldClassAgain() throws Exception {
        Revision old = revision("old", Map.of("Node", NODE));
        Revision now = revision("new", Map.of("Node", NODE));
        Root root = new Root();
        root.held = old.call("Node", "pair");

        migrate(root, old, now);
        migrate(root, now, old);

        assertEquals("abbb5abFAST37truetrue", old.call("Node", "show", root.held));
    }

    @Test
    void addedField_keepsItsZero() throws Exception {
        Revision old =
                revision(
                        "old",
                        Map.of(
                                "A",
                                "@Stateful class A { int x = 4; "
                                        + "static Object make() { return new A(); } }"));
        Revision now =
                revision(
                        "new",
                        Map.of(
                                "A",
                                "@Stateful class A { int x; int y = 9; "
                                        + "static int sum(Object a) { return ((A) a).x + ((A) a).y; } }"));
        Root root = new Root();
        root.held = old.call("A", "make");

        migrate(root, old, now);

        assertEquals(4, now.call("A", "sum", root.held));
    }

    @Test
    void removedField_sameVersion_isRefused() throws Exception {
        Revision old =
                revision(
                        "old",
                        Map.of(
                                "A",
                                "@Stateful class A { int x = 4; int y; "
                                        + "static Object make() { return new A(); } }"));
        Revision now = revision("new", Map.of("A", "@Stateful class A { int x; }"));
        assertRefused(old, now, "A.y is not in the new revision");
    }

    @Test
    void newerVersion_isReadThroughItsUpgrade() throws Exception {
        Revision old =
                revision(
                        "old",
                        Map.of(
                                "A",
                                "@Stateful class A { int seconds = 4; "
                                        + "static Object make() { return new A(); } }"));
        Revision now =
                revision(
                        "new",
                        Map.of(
                                "A",
                                "@Stateful(version = 2, upgrade = U.class) class A { long millis; "
                                        + "static long show(Object a) { return ((A) a).millis; } }",
                                "U",
                                "class U implements StateUpgrade { "
                                        + "public StateRecord upgrade(StateRecord r) { "
                                        + "return new StateRecord(r.type(), 2, Map.of(\"millis\", "
                                        + "1000L * (Integer) r.fields().get(\"seconds\"))); } }"));
        Root root = new Root();
        root.held = old.call("A", "make");

        migrate(root, old, now);

        assertEquals(4000L, now.call("A", "show", root.held));
    }

    @Test
    void olderVersion_isRefused() throws Exception {
        Revision old =
                revision(
                        "old",
                        Map.of(
                                "A",
                                "@Stateful(version = 3) class A { "
                                        + "int x; static Object make() { return new A(); } }"));
        Revision now = revision("new", Map.of("A", "@Stateful(version = 2) class A { int x; }"));
        assertRefused(old, now, "was written by version 3, the new revision reads up to version 2");
    }

    @Test
    void newerVersionWithoutUpgrade_isRefused() throws Exception {
        Revision old =
                revision(
                        "old",
                        Map.of(
                                "A",
                                "@Stateful class A { int x; "
                                        + "static Object make() { return new A(); } }"));
        Revision now = revision("new", Map.of("A", "@Stateful(version = 2) class A { int x; }"));
        assertRefused(old, now, "has no way to read its version 1");
    }

    @Test
    void missingClass_isRefused() throws Exception {
        Revision old =
                revision(
                        "old",
                        Map.of(
                                "A",
                                "@Stateful class A { int x; "
                                        + "static Object make() { return new A(); } }"));
        Revision now = revision("new", Map.of("B", "@Stateful class B { }"));
        assertRefused(old, now, "the new revision has no class dev.moat.example.A");
    }

    @Test
    void lambdaOfTheOldRevision_isRefused() throws Exception {
        Revision old =
                revision(
                        "old",
                        Map.of(
                                "A",
                                "@Stateful class A { Runnable r = () -> System.gc(); "
                                        + "static Object make() { return new A(); } }"));
        Revision now = revision("new", Map.of("A", "@Stateful class A { Runnable r; }"));
        assertRefused(old, now, "A.r: a lambda of the old revision");
    }

    @Test
    void lambdaOfAnotherBundleThatHoldsAnOldObject_isRefused() throws Exception {
        Revision old = revision("old", Map.of("Node", NODE));
        Revision now = revision("new", Map.of("Node", NODE));
        Root root = new Root();
        Object node = old.call("Node", "pair");
        root.work = () -> root.parts.add(node);
        IncompatibleStateException refused =
                assertThrows(
                        IncompatibleStateException.class,
                        () -> StateMigration.prepare(root, List.of(replacement(old, now))));
        assertTrue(refused.getMessage().contains("a lambda holds a"), refused.getMessage());
    }

    @Test
    void derivedField_isMadeAgainByTheObjectItself() throws Exception {
        String source =
                "@Stateful class A implements Restorable { int x = 4; "
                        + "@Derived(\"twice x\") int y; static String log = \"\"; "
                        + "public void saving() { log += \"saving\"; } "
                        + "public void restored() { y = 2 * x; log += \"restored\"; } "
                        + "static Object make() { return new A(); } "
                        + "static String log(int ignored) { return log; } "
                        + "static int y(Object a) { return ((A) a).y; } }";
        Revision old = revision("old", Map.of("A", source));
        Revision now = revision("new", Map.of("A", source));
        Root root = new Root();
        root.held = old.call("A", "make");

        migrate(root, old, now);

        assertEquals(8, now.call("A", "y", root.held));
        assertEquals("saving", old.call("A", "log", 0));
        assertEquals("restored", now.call("A", "log", 0));
    }

    /** The thread that holds a sandbox may be anybody's, of whatever class. */
    @Test
    void threadOfAnotherClass_stays() throws Exception {
        Revision old = revision("old", Map.of("Node", NODE));
        Revision now = revision("new", Map.of("Node", NODE));
        Root root = new Root();
        Thread watcher = Thread.ofVirtual().unstarted(() -> {});
        root.parts.add(watcher);
        root.held = old.call("Node", "pair");

        migrate(root, old, now);

        assertSame(watcher, root.parts.getFirst());
    }

    @Test
    void service_isExchangedNotCopied() throws Exception {
        String source =
                "@Stateful class A { final Object service; A(Object s) { service = s; } "
                        + "static Object make(Object s) { return new A(s); } "
                        + "static Object service(Object a) { return ((A) a).service; } }";
        String component = "class C { static Object make() { return new C(); } }";
        Revision old = revision("old", Map.of("A", source, "C", component));
        Revision now = revision("new", Map.of("A", source, "C", component));
        Object oldService = old.call("C", "make");
        Object newService = now.call("C", "make");
        Root root = new Root();
        root.held = old.call("A", "make", oldService);

        StateMigration migration =
                StateMigration.prepare(
                        root,
                        List.of(
                                Replacement.of(
                                        old.loader(),
                                        now.loader(),
                                        Map.of("c", oldService),
                                        Map.of("c", newService))));
        migration.commit();

        assertSame(newService, now.call("A", "service", root.held));
        assertNotSame(oldService, newService);
    }

    private StateMigration migrate(Root root, Revision from, Revision to) {
        StateMigration migration = StateMigration.prepare(root, List.of(replacement(from, to)));
        migration.commit();
        migration.restore();
        return migration;
    }

    private void assertRefused(Revision old, Revision now, String reason) throws Exception {
        Root root = new Root();
        Object before = old.call("A", "make");
        root.held = before;
        IncompatibleStateException refused =
                assertThrows(
                        IncompatibleStateException.class,
                        () -> StateMigration.prepare(root, List.of(replacement(old, now))));
        assertTrue(refused.getMessage().contains(reason), refused.getMessage());
        assertSame(before, root.held);
    }

    private static Replacement replacement(Revision from, Revision to) {
        return new Replacement(from.loader(), to.loader(), Map.of());
    }

    private Revision revision(String name, Map<String, String> sources) throws Exception {
        return Revision.compile(directory.resolve(name), sources);
    }
}

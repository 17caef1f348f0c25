package dev.moat.swap.checkpoint;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.swap.engine.Revision;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Objects of a made-up bundle, written to bytes and read in another class loader. */
class ObjectRecordsTest {
    @TempDir Path directory;

    static final String NODE =
            """
            @Stateful class Node implements Comparable<Node> {
                private final String name;
                private final List<Node> peers = new ArrayList<>();
                private final AtomicReference<Node> best = new AtomicReference<>();
                private final Map<Key, Node> table = new HashMap<>();
                private final TreeMap<Integer, String> sorted = new TreeMap<>(Comparator.reverseOrder());
                private final IdentityHashMap<Object, Integer> marks = new IdentityHashMap<>();
                private final Set<Node> crowd = ConcurrentHashMap.newKeySet();
                private final Deque<Object> deque = new ArrayDeque<>(List.of("x", 'y', 3L, 2.5, true));
                private final PriorityQueue<Node> queue = new PriorityQueue<>();
                private final int[] numbers = {1, -2, 3};
                private final long[][][] pages = new long[3][][];
                private final AtomicLong counter = new AtomicLong(-9);
                private final BitSet bits = BitSet.valueOf(new long[] {5});
                private final dev.moat.api.lock.RankedLock lock =
                        new dev.moat.api.lock.RankedLock(dev.moat.api.lock.LockRank.TASK);
                private final CompletableFuture<String> done = CompletableFuture.completedFuture("ok");
                private Mode mode = Mode.FAST;
                private Link link;
                private Node[] row = new Node[2];
                @Derived("counted again") private int derived = 5;
                @HostBound("opened again") private int descriptor = 7;
                long count = 7; byte b = -1; char c = '\\uffff'; short s = -300; float f = 1.5f;
                double d = Double.MIN_VALUE; boolean z = true;
                enum Mode { SLOW, FAST { @Override public String toString() { return "fast"; } } }
                record Link(Node to, int weight, Optional<Node> spare, List<String> words) {
                    Link { words = List.copyOf(words); }
                }
                record Key(String name, int part) {}
                Node(String name) { this.name = name; }
                public int compareTo(Node other) { return name.compareTo(other.name); }
                static Node pair() {
                    Node a = new Node("a");
                    Node b = new Node("b\\u20ac\\ud800");
                    a.peers.add(b);
                    b.peers.add(a);
                    a.peers.add(null);
                    a.best.set(b);
                    a.table.put(new Key("k", 1), b);
                    a.sorted.put(1, "one");
                    a.sorted.put(2, "two");
                    a.marks.put(b, 4);
                    a.crowd.add(a);
                    a.queue.add(b);
                    a.queue.add(a);
                    a.pages[1] = new long[][] {null, {7, 8}};
                    a.link = new Link(b, 5, Optional.of(a), List.of("u", "v"));
                    a.row[1] = b;
                    return a;
                }
                static String show(Object o) {
                    Node n = (Node) o;
                    Node p = n.peers.get(0);
                    n.lock.lock();
                    n.lock.unlock();
                    return n.name + p.name.length() + n.best.get().name.charAt(1)
                            + n.table.get(new Key("k", 1)).name.charAt(0) + n.sorted + n.marks.get(p)
                            + n.crowd.contains(n) + n.deque + n.queue.poll().name + n.link.words()
                            + n.link.spare().get().name + n.row[1].name.charAt(0) + n.mode
                            + Arrays.toString(n.numbers) + Arrays.deepToString(n.pages) + n.counter
                            + n.bits + n.done.join() + n.lock.rank() + n.derived + n.descriptor
                            + n.count + n.b + (int) n.c + n.s + n.f + n.d + n.z
                            + (p.peers.get(0) == n) + (n.best.get() == p) + n.peers.get(1);
                }
            }
            """;

    @Test
    void graph_writtenAndRead_isTheSameInNewClasses() throws Exception {
        Revision old = revision("old", Map.of("Node", NODE));
        Revision now = revision("new", Map.of("Node", NODE));
        String expected =
                ((String) old.call("Node", "show", old.call("Node", "pair")))
                        .replace("TASK57", "TASK00");

        Object read = read(write(old.call("Node", "pair"), new RevisionTypes(old)), now);

        assertSame(now.type("Node"), read.getClass());
        assertEquals(expected, now.call("Node", "show", read));
        assertTrue(
                expected.contains("TASK00"), "neither derived nor host-bound fields are carried");
    }

    @Test
    void service_writtenByName_isThatOfTheReader() throws Exception {
        String holder =
                """
                @Stateful class Holder {
                    private Object service;
                    static Object of(Object service) {
                        Holder h = new Holder();
                        h.service = service;
                        return h;
                    }
                    static Object service(Object h) { return ((Holder) h).service; }
                }
                """;
        Revision old = revision("old", Map.of("Holder", holder));
        Revision now = revision("new", Map.of("Holder", holder));
        RevisionTypes from = new RevisionTypes(old);
        Thread here = new Thread();
        from.addService("clock", here);
        byte[] bytes = write(old.call("Holder", "of", here), from);
        RevisionTypes to = new RevisionTypes(now);
        to.addService("clock", "there");

        Object read = new ObjectReader(to, new ByteArrayInputStream(bytes)).read().complete();

        assertEquals("there", now.call("Holder", "service", read));
        assertRefused("there is no clock", bytes, now);
    }

    @Test
    void olderVersion_isUpgraded() throws Exception {
        Revision old =
                revision(
                        "old",
                        Map.of(
                                "Box",
                                """
                                @Stateful class Box {
                                    private int seconds = 3;
                                    static Box make() { return new Box(); }
                                }
                                """));
        Revision now =
                revision(
                        "new",
                        Map.of(
                                "Box",
                                """
                                @Stateful(version = 2, upgrade = Box.Upgrade.class) class Box {
                                    private long nanos;
                                    static final class Upgrade implements StateUpgrade {
                                        public StateRecord upgrade(StateRecord old) {
                                            long nanos = 1_000_000_000L * (int) old.fields().get("seconds");
                                            return new StateRecord(old.type(), 2, Map.of("nanos", nanos));
                                        }
                                    }
                                    static Box make() { return new Box(); }
                                    static long nanos(Object box) { return ((Box) box).nanos; }
                                }
                                """));
        byte[] bytes = write(old.call("Box", "make"), new RevisionTypes(old));

        assertEquals(3_000_000_000L, now.call("Box", "nanos", read(bytes, now)));
        byte[] newer = write(now.call("Box", "make"), new RevisionTypes(now));
        assertRefused(
                "dev.moat.example.Box was written by version 2 of the class, this kernel reads up to version 1",
                newer,
                old);
    }

    @Test
    void fieldAdded_isZero_fieldMissing_isRefused() throws Exception {
        String small = "@Stateful class Box { int a = 1; static Box make() { return new Box(); } }";
        String large =
                """
                @Stateful class Box {
                    int a = 1; int b = 2;
                    static Box make() { return new Box(); }
                    static int sum(Object box) { return ((Box) box).a + ((Box) box).b; }
                }
                """;
        Revision old = revision("old", Map.of("Box", small));
        Revision now = revision("new", Map.of("Box", large));

        Object read = read(write(old.call("Box", "make"), new RevisionTypes(old)), now);

        assertEquals(1, now.call("Box", "sum", read));
        assertRefused(
                "dev.moat.example.Box.b is not in this kernel, whose version of the class is the same",
                write(now.call("Box", "make"), new RevisionTypes(now)),
                old);
    }

    @Test
    void lambda_isRefusedWithTheWayToIt() throws Exception {
        Revision old =
                revision(
                        "old",
                        Map.of(
                                "Box",
                                """
                                @Stateful class Box {
                                    List<Object> work = new ArrayList<>();
                                    static Box make() {
                                        Box box = new Box();
                                        box.work.add((Runnable) () -> box.work.clear());
                                        return box;
                                    }
                                }
                                """));
        Object box = old.call("Box", "make");

        CheckpointException refused =
                assertThrows(CheckpointException.class, () -> write(box, new RevisionTypes(old)));

        assertTrue(refused.getMessage().contains("lambda"), refused.getMessage());
        assertTrue(refused.getMessage().endsWith("(at Box.work > [])"), refused.getMessage());
    }

    @Test
    void classWithoutMark_isRefused() throws Exception {
        Revision old =
                revision(
                        "old",
                        Map.of("Box", "class Box { static Box make() { return new Box(); } }"));
        Object box = old.call("Box", "make");

        CheckpointException refused =
                assertThrows(CheckpointException.class, () -> write(box, new RevisionTypes(old)));

        assertEquals(
                "dev.moat.example.Box is no state: nobody said how it is carried (at the sandbox)",
                refused.getMessage());
    }

    @Test
    void alteredBytes_giveAnObjectOrARefusal_neverAnythingElse() throws Exception {
        Revision old = revision("old", Map.of("Node", NODE));
        Object node = old.call("Node", "pair");
        byte[] bytes = write(node, new RevisionTypes(old));
        int refused = 0;
        for (int at = 0; at < bytes.length; at++) {
            for (int value : new int[] {0, 1, 0x7f, 0x80, 0xff, bytes[at] ^ 1, bytes[at] + 1}) {
                byte[] altered = bytes.clone();
                altered[at] = (byte) value;
                refused += refused(altered, old) ? 1 : 0;
            }
        }
        for (int length = 0; length < bytes.length; length++) {
            assertTrue(refused(java.util.Arrays.copyOf(bytes, length), old), "cut at " + length);
        }
        assertTrue(refused > bytes.length, "most alterations are found out: " + refused);
    }

    @Test
    void foreignClass_isNeverMade() throws Exception {
        Revision old = revision("old", Map.of("Node", NODE));
        for (String name :
                new String[] {"java.lang.Thread", "java.util.ArrayList", "java.net.URL"}) {
            for (String bundle : new String[] {"", "java", RevisionTypes.BUNDLE}) {
                ByteArrayOutputStream bytes = new ByteArrayOutputStream();
                RecordOutput out = new RecordOutput(bytes);
                out.writeByte(Tag.TYPE);
                new TypeDefinition(bundle, name, 1, java.util.List.of()).write(out);
                out.writeByte(Tag.OBJECT);
                out.writeNumber(1);
                out.writeByte(Tag.END);
                assertTrue(refused(bytes.toByteArray(), old), name);
            }
        }
    }

    private static boolean refused(byte[] bytes, Revision revision) throws IOException {
        try {
            assertNotSame(null, read(bytes, revision));
            return false;
        } catch (CheckpointException e) {
            return true;
        }
    }

    private static void assertRefused(String reason, byte[] bytes, Revision revision) {
        CheckpointException refused =
                assertThrows(CheckpointException.class, () -> read(bytes, revision));
        assertEquals(reason, refused.getMessage());
    }

    static byte[] write(Object root, KernelTypes types) throws IOException {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        new ObjectWriter(types, bytes, _ -> {}).write(root);
        return bytes.toByteArray();
    }

    static Object read(byte[] bytes, Revision revision) throws IOException {
        return new ObjectReader(new RevisionTypes(revision), new ByteArrayInputStream(bytes))
                .read()
                .complete();
    }

    private Revision revision(String name, Map<String, String> sources) throws IOException {
        return Revision.compile(directory.resolve(name), sources);
    }
}

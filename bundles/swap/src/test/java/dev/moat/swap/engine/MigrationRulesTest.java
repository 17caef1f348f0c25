package dev.moat.swap.engine;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.api.swap.Derived;
import dev.moat.api.swap.IncompatibleStateException;
import dev.moat.api.swap.SharedParts;
import dev.moat.api.swap.Stateful;
import dev.moat.api.swap.Stateless;
import java.lang.ref.WeakReference;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What a swap does about fields that are derived, references that are weak, and boundaries. */
class MigrationRulesTest {
    private static final String NODE =
            """
            @Stateful class Node {
                int value = 7;
                @Derived("counted again") Object cache = new StringJoiner(",");
                @Derived("found again") Node self = this;
                static Object make() { return new Node(); }
                static int value(Object node) { return ((Node) node).value; }
                static boolean isEmpty(Object node) {
                    return ((Node) node).cache == null && ((Node) node).self == null;
                }
            }
            """;

    private static final String WEAK =
            """
            @Stateful class Weak extends java.lang.ref.WeakReference<Object> {
                Weak() { super("something"); }
                static Object make() { return new Weak(); }
            }
            """;

    @TempDir Path directory;

    private Revision old;
    private Revision now;
    private Object node;

    /** A class of a bundle that stays. */
    @Stateful
    private static final class Owner {
        @Nullable Object held;

        @Derived("found again")
        @Nullable Object derived;
    }

    /** A class of a bundle that stays. */
    @Stateful
    private static final class Weak extends WeakReference<Object> {
        Weak(Object referent) {
            super(referent);
        }
    }

    /** A service of a bundle that stays, with insides that state refers to. */
    private static final class Service implements SharedParts {
        final Owner inside = new Owner();

        @Override
        public Map<String, Object> sharedParts() {
            return Map.of("inside", inside);
        }
    }

    /** No state. */
    @Stateless("listeners")
    private static final class Listeners {
        @Nullable Object listener;
    }

    @BeforeEach
    void compile() throws Exception {
        old = Revision.compile(directory.resolve("old"), Map.of("Node", NODE, "Weak", WEAK));
        now = Revision.compile(directory.resolve("new"), Map.of("Node", NODE, "Weak", WEAK));
        node = old.call("Node", "make");
    }

    @Test
    void derivedFieldsOfWhatIsMadeAnew_areEmpty_whateverTheyHeld() throws Exception {
        Owner root = new Owner();
        root.held = node;
        migrate(root, List.of());
        assertEquals(7, now.call("Node", "value", root.held));
        assertEquals(true, now.call("Node", "isEmpty", root.held));
    }

    @Test
    void derivedFieldOfWhatStays_followsWhatItRefersTo() {
        Owner root = new Owner();
        root.held = node;
        root.derived = node;
        migrate(root, List.of());
        assertSame(root.held, root.derived);
        assertSame(now.loader(), loader(root.held));
    }

    @Test
    void derivedFieldOfWhatStays_mayHoldWhatNobodyCarries() {
        Owner root = new Owner();
        root.held = node;
        StringJoiner joiner = new StringJoiner(",");
        root.derived = joiner;
        migrate(root, List.of());
        assertSame(joiner, root.derived);
        Owner plain = new Owner();
        plain.held = joiner;
        assertThrows(IncompatibleStateException.class, () -> migrate(plain, List.of()));
    }

    @Test
    void weakReferenceToWhatStays_stays() {
        Owner root = new Owner();
        Owner referent = new Owner();
        referent.held = node;
        Weak weak = new Weak(referent);
        root.held = weak;
        migrate(root, List.of());
        assertSame(weak, root.held);
        assertSame(referent, weak.get());
        assertSame(now.loader(), loader(referent.held), "what is found through it is carried");
    }

    @Test
    void weakReferenceToWhatIsMadeAnew_isRefused_andNothingHasChanged() {
        Owner root = new Owner();
        root.held = new Weak(node);
        root.derived = node;
        IncompatibleStateException refused =
                assertThrows(IncompatibleStateException.class, () -> migrate(root, List.of()));
        assertTrue(refused.getMessage().contains("cannot be changed"), refused.getMessage());
        assertSame(node, root.derived);
    }

    @Test
    void clearedReference_isNoObstacle() {
        Owner root = new Owner();
        Weak weak = new Weak(node);
        weak.clear();
        root.held = weak;
        migrate(root, List.of());
        assertSame(weak, root.held);
    }

    @Test
    void weakReferenceOfTheOldRevision_cannotBeMadeAnew() throws Exception {
        Owner root = new Owner();
        root.held = old.call("Weak", "make");
        IncompatibleStateException refused =
                assertThrows(IncompatibleStateException.class, () -> migrate(root, List.of()));
        assertTrue(refused.getMessage().contains("extends a class of the JDK"));
    }

    @Test
    void boundaries_areReferredTo_andNotLookedInto() {
        Service service = new Service();
        service.inside.held = node;
        Owner root = new Owner();
        Owner part = new Owner();
        part.held = service.inside;
        part.derived = node;
        root.held = part;
        root.derived = service;
        migrate(root, List.of(service));
        assertSame(service, root.derived);
        assertSame(service.inside, part.held);
        assertSame(node, service.inside.held, "a service has its own ways of hearing of swaps");
        assertSame(now.loader(), loader(part.derived));
        Service looked = new Service();
        looked.inside.held = node;
        root.derived = looked;
        migrate(root, List.of());
        assertSame(now.loader(), loader(looked.inside.held), "without a boundary it is state");
    }

    @Test
    void whatIsNoState_isNotLookedInto() {
        Listeners listeners = new Listeners();
        listeners.listener = node;
        Owner root = new Owner();
        root.held = listeners;
        root.derived = node;
        migrate(root, List.of());
        assertSame(node, listeners.listener);
        assertSame(now.loader(), loader(root.derived));
    }

    private void migrate(Owner root, List<Object> components) {
        StateMigration migration =
                StateMigration.prepare(
                        root,
                        List.of(new Replacement(old.loader(), now.loader(), Map.of())),
                        components);
        migration.commit();
        migration.restore();
    }

    private static @Nullable ClassLoader loader(@Nullable Object value) {
        return value == null ? null : value.getClass().getClassLoader();
    }
}

package dev.moat.itests.architecture;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import dev.moat.api.platform.PlatformSession;
import dev.moat.api.swap.Derived;
import dev.moat.api.swap.HostBound;
import dev.moat.api.swap.SharedParts;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import java.io.InputStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Supplier;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** What holds the state of a sandbox can be carried to another revision of its bundle. */
class StateTest {
    /**
     * Packages whose classes never change under a sandbox, or that are plain data structures copied
     * into each bundle.
     */
    private static final List<String> STAY =
            List.of(
                    "dev.moat.abi.",
                    "dev.moat.api.",
                    "dev.moat.host.",
                    "dev.moat.lib.",
                    "dev.moat.platform.");

    private static final String COMPONENT = "org.osgi.service.component.annotations.Component";

    /** Objects of these types hold code that another revision would not know. */
    private static final Set<String> CODE =
            Set.of(
                    "java.lang.Runnable",
                    "java.lang.Thread",
                    "java.util.Comparator",
                    "java.util.Iterator",
                    "java.util.concurrent.Callable",
                    "java.util.concurrent.Executor",
                    "java.util.concurrent.ExecutorService",
                    "java.util.concurrent.ScheduledExecutorService");

    /** A swap carries references to these; no file can. */
    private static final Set<String> OF_THE_HOST =
            Set.of(
                    "dev.moat.api.platform.AddressSpace",
                    "dev.moat.api.platform.ExecutionContext",
                    "dev.moat.api.platform.Platform",
                    "dev.moat.api.platform.PlatformSession",
                    "dev.moat.api.swap.Revisions",
                    "dev.moat.api.swap.TaskThread",
                    "java.lang.ClassLoader",
                    "java.lang.Process",
                    "java.lang.Thread",
                    "java.lang.foreign.Arena",
                    "java.lang.invoke.MethodHandle",
                    "java.lang.invoke.VarHandle",
                    "java.lang.ref.Cleaner",
                    "java.util.zip.Checksum");

    /** Holds guests' descriptors, which are numbers in a table, and none of the host. */
    private static final String GUEST_DESCRIPTORS = "dev.moat.vfs.";

    private static final List<String> HOST_PACKAGES =
            List.of("java.io.", "java.net.", "java.nio.channels.", "jnr.", "org.osgi.framework.");

    private static Collection<JavaClass> product;

    /** Insides of components that take each other's place. */
    private static Set<JavaClass> shared;

    @BeforeAll
    static void read() {
        product = new ArrayList<>();
        ProductClasses.all().forEach(product::add);
        shared = new HashSet<>();
        for (JavaClass type : product) {
            if (type.isAssignableTo(SharedParts.class)) {
                Set<JavaClass> parts = fieldTypes(type);
                shared.addAll(parts);
                parts.forEach(part -> shared.addAll(fieldTypes(part)));
            }
        }
    }

    @Test
    void whatStateRefersTo_isState() {
        assertEquals(Set.of(), unmarked(product));
        assertTrue(
                product.stream().filter(StateTest::isStateful).count() > 150,
                "the rule has seen the classes that matter");
    }

    @Test
    void stateHoldsNoCode() {
        assertEquals(Set.of(), holdingCode(product));
    }

    @Test
    void whatBelongsToThisHost_saysSo() {
        assertEquals(Set.of(), ofTheHost(product));
        long marked =
                product.stream()
                        .filter(StateTest::isStateful)
                        .flatMap(type -> type.getFields().stream())
                        .filter(field -> field.isAnnotatedWith(HostBound.class))
                        .count();
        assertTrue(marked > 20, "the rule has seen the fields that matter: " + marked);
    }

    @Test
    void filesAndInodesAreState() {
        Set<String> missing = new TreeSet<>();
        int seen = 0;
        for (JavaClass type : product) {
            boolean kind =
                    type.isAssignableTo(Inode.class) || type.isAssignableTo(FileDescription.class);
            if (kind && !stays(type)) {
                seen++;
                if (!isStateful(type)) {
                    missing.add(type.getName());
                }
            }
        }
        assertEquals(Set.of(), missing);
        assertTrue(seen > 50, "the rule has seen the files and inodes");
    }

    /** A rule that cannot fail proves nothing. */
    @Test
    void canaries_areFound() {
        List<JavaClass> canaries = new ArrayList<>();
        new ClassFileImporter()
                .importClasses(Careless.class, Forgotten.class, Child.class)
                .forEach(canaries::add);
        assertEquals(
                Set.of(
                        Careless.class.getName() + ".forgotten: " + Forgotten.class.getName(),
                        Child.class.getName() + " extends " + Careless.class.getName()),
                unmarked(canaries));
        assertEquals(Set.of(Careless.class.getName() + ".text"), holdingCode(canaries));
    }

    /** A swap carries all of it. */
    @Test
    void canariesThatAFileCannotHold_areFound() {
        List<JavaClass> canaries = new ArrayList<>();
        new ClassFileImporter().importClasses(Bound.class).forEach(canaries::add);
        assertEquals(
                Set.of(
                        Bound.class.getName() + ".endFd: a host descriptor",
                        Bound.class.getName() + ".session: " + PlatformSession.class.getName(),
                        Bound.class.getName() + ".stream: java.io.InputStream",
                        Bound.class.getName() + ".workers: java.lang.Thread"),
                ofTheHost(canaries));
    }

    private static Set<String> unmarked(Collection<JavaClass> types) {
        Set<String> found = new TreeSet<>();
        for (JavaClass type : types) {
            if (isStateful(type)) {
                for (JavaField field : carried(type)) {
                    for (JavaClass referred : field.getAllInvolvedRawTypes()) {
                        JavaClass element = referred.getBaseComponentType();
                        if (mustBeMarked(element)) {
                            found.add(
                                    type.getName()
                                            + "."
                                            + field.getName()
                                            + ": "
                                            + element.getName());
                        }
                    }
                }
            } else {
                type.getRawSuperclass()
                        .filter(StateTest::isStateful)
                        .ifPresent(parent ->
                                found.add(type.getName() + " extends " + parent.getName()));
            }
        }
        return found;
    }

    private static Set<String> holdingCode(Collection<JavaClass> types) {
        Set<String> found = new TreeSet<>();
        for (JavaClass type : types) {
            if (isStateful(type)) {
                for (JavaField field : carried(type)) {
                    for (JavaClass referred : field.getAllInvolvedRawTypes()) {
                        String name = referred.getBaseComponentType().getName();
                        if (CODE.contains(name) || name.startsWith("java.util.function.")) {
                            found.add(type.getName() + "." + field.getName());
                        }
                    }
                }
            }
        }
        return found;
    }

    private static Set<String> ofTheHost(Collection<JavaClass> types) {
        Set<String> found = new TreeSet<>();
        for (JavaClass type : types) {
            if (!isStateful(type)) {
                continue;
            }
            for (JavaField field : carried(type)) {
                if (field.isAnnotatedWith(HostBound.class)) {
                    continue;
                }
                String name = type.getName() + "." + field.getName();
                if (isDescriptor(field) && !type.getName().startsWith(GUEST_DESCRIPTORS)) {
                    found.add(name + ": a host descriptor");
                }
                for (JavaClass referred : field.getAllInvolvedRawTypes()) {
                    String element = referred.getBaseComponentType().getName();
                    if (OF_THE_HOST.contains(element)
                            || HOST_PACKAGES.stream().anyMatch(element::startsWith)) {
                        found.add(name + ": " + element);
                    }
                }
            }
        }
        return found;
    }

    /** By its name, as there is no type for them. */
    private static boolean isDescriptor(JavaField field) {
        return field.getRawType().isEquivalentTo(int.class)
                && (field.getName().equals("fd") || field.getName().endsWith("Fd"));
    }

    private static boolean mustBeMarked(JavaClass type) {
        return type.getName().startsWith("dev.moat.")
                && !stays(type)
                && !type.isInterface()
                && !type.isEnum()
                && !type.isRecord()
                && !type.isAnnotatedWith(COMPONENT)
                && !shared.contains(type)
                && !isStateful(type);
    }

    private static boolean stays(JavaClass type) {
        return STAY.stream().anyMatch(type.getName()::startsWith);
    }

    private static boolean isStateful(JavaClass type) {
        return type.isAnnotatedWith(Stateful.class);
    }

    private static List<JavaField> carried(JavaClass type) {
        return type.getFields().stream()
                .filter(field -> !field.getModifiers().contains(JavaModifier.STATIC))
                .filter(field -> !field.isAnnotatedWith(Derived.class))
                .toList();
    }

    private static Set<JavaClass> fieldTypes(JavaClass type) {
        Set<JavaClass> types = new HashSet<>();
        type.getFields().forEach(field -> types.addAll(field.getAllInvolvedRawTypes()));
        return types;
    }

    /** Not marked. */
    static class Forgotten {}

    /** Breaks both rules. */
    @Stateful
    static class Careless {
        Forgotten forgotten = new Forgotten();
        Supplier<String> text = () -> "lost";
    }

    /** Of this kernel host and of no other. */
    @Stateful
    static class Bound {
        int endFd = 4;
        List<Thread> workers = List.of();
        Optional<PlatformSession> session = Optional.empty();
        InputStream stream = InputStream.nullInputStream();

        @HostBound("opened again")
        int fd = 3;

        @Derived("started again")
        Thread worker = new Thread();
    }

    /** Its own fields would be lost. */
    static class Child extends Careless {}
}

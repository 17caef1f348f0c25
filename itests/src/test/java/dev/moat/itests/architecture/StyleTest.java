package dev.moat.itests.architecture;

import static com.tngtech.archunit.core.domain.JavaModifier.FINAL;
import static com.tngtech.archunit.core.domain.JavaModifier.STATIC;
import static com.tngtech.archunit.core.domain.JavaModifier.SYNTHETIC;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noFields;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noMethods;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.base.DescribedPredicate;
import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.domain.JavaField;
import com.tngtech.archunit.core.domain.JavaModifier;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;

/** Rules that hold in every bundle. */
class StyleTest {
    /** Lines of a file beyond which it wants to be split by noun. */
    private static final int LONGEST_FILE = 600;

    private static JavaClasses product;

    @BeforeAll
    static void read() {
        product = ProductClasses.all();
    }

    @Test
    void nobodyUsesThreadLocals() {
        noClasses()
                .that(
                        DescribedPredicate.describe(
                                "are not the checker of lock ranks",
                                type -> !type.getName().startsWith("dev.moat.api.lock.")))
                .should()
                .dependOnClassesThat(JavaClass.Predicates.assignableTo(ThreadLocal.class))
                .check(product);
    }

    @Test
    void nobodySynchronizes() throws IOException {
        noMethods().should().haveModifier(JavaModifier.SYNCHRONIZED).check(product);
        assertEquals(List.of(), sourceLines("synchronized ("), "use a ReentrantLock");
    }

    @Test
    void nobodySleeps() {
        noClasses().should().callMethod(Thread.class, "sleep", long.class).check(product);
    }

    @Test
    void staticsAreConstants() {
        noFields()
                .that()
                .areStatic()
                .and(
                        DescribedPredicate.<JavaField>describe(
                                "are written by people",
                                field -> !field.getModifiers().contains(SYNTHETIC)))
                .should()
                .notBeFinal()
                .check(product);
        assertTrue(
                product.stream()
                        .flatMap(type -> type.getFields().stream())
                        .anyMatch(
                                field -> field.getModifiers().containsAll(Set.of(STATIC, FINAL))));
    }

    /**
     * Where the class of such a constant is initialized first, because state names it, the
     * interface is initialized on the way, and its constant stays null for ever (JLS 12.4.1).
     */
    @Test
    void interfacesWithDefaultMethodsHaveNoConstantsOfTheirOwnKind() {
        List<String> found =
                product.stream()
                        .filter(JavaClass::isInterface)
                        .filter(StyleTest::hasDefaultMethods)
                        .flatMap(type -> type.getFields().stream())
                        .filter(field ->
                                field.getRawType().isAssignableTo(field.getOwner().getName()))
                        .map(JavaField::getFullName)
                        .toList();
        assertEquals(List.of(), found, "use the constant of the class that implements it");
        assertTrue(product.stream().anyMatch(StyleTest::hasDefaultMethods));
    }

    private static boolean hasDefaultMethods(JavaClass type) {
        return type.isInterface()
                && type.getMethods().stream()
                        .anyMatch(method ->
                                !method.getModifiers().contains(STATIC)
                                        && !method.getModifiers().contains(JavaModifier.ABSTRACT));
    }

    @Test
    void everyPackageIsNullMarked() {
        Set<String> packages = new TreeSet<>();
        Set<String> marked = new TreeSet<>();
        for (JavaClass type : product) {
            packages.add(type.getPackageName());
            if (type.getSimpleName().equals("package-info")
                    && type.isAnnotatedWith("org.jspecify.annotations.NullMarked")) {
                marked.add(type.getPackageName());
            }
        }
        packages.removeAll(marked);
        assertEquals(Set.of(), packages, "packages without @NullMarked");
        assertTrue(marked.size() > 15, "only " + marked.size() + " packages");
    }

    @Test
    void noFileIsTooLong() throws IOException {
        List<String> tooLong = new ArrayList<>();
        for (Path source : sources()) {
            try (Stream<String> lines = Files.lines(source)) {
                long count = lines.count();
                // the table of numbers is one thing and does not want splitting
                if (count > LONGEST_FILE && !source.endsWith("SyscallNumbers.java")) {
                    tooLong.add(source.getFileName() + " has " + count + " lines");
                }
            }
        }
        assertEquals(List.of(), tooLong);
    }

    private static List<String> sourceLines(String text) throws IOException {
        List<String> found = new ArrayList<>();
        for (Path source : sources()) {
            try (Stream<String> lines = Files.lines(source)) {
                lines.filter(line -> line.contains(text) && !line.strip().startsWith("*"))
                        .forEach(line -> found.add(source.getFileName() + ": " + line.strip()));
            }
        }
        return found;
    }

    private static List<Path> sources() throws IOException {
        try (Stream<Path> files = Files.walk(ProductClasses.root())) {
            List<Path> sources =
                    files.filter(path -> path.toString().contains("/src/main/java/"))
                            .filter(path -> path.toString().endsWith(".java"))
                            .collect(Collectors.toList());
            assertTrue(sources.size() > 200, "only " + sources.size() + " sources");
            return sources;
        }
    }
}

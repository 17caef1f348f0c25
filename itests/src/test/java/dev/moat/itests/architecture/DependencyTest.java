package dev.moat.itests.architecture;

import static com.tngtech.archunit.base.DescribedPredicate.describe;
import static com.tngtech.archunit.base.DescribedPredicate.not;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAPackage;
import static com.tngtech.archunit.core.domain.JavaClass.Predicates.resideInAnyPackage;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.classes;
import static com.tngtech.archunit.lang.syntax.ArchRuleDefinition.noClasses;
import static org.junit.jupiter.api.Assertions.assertAll;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.tngtech.archunit.core.domain.JavaClasses;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;

/**
 * The arrows of the architecture: abi, api, implementations; no implementation knows another one.
 */
class DependencyTest {
    /** Root packages of the bundles that implement something. */
    private static final List<String> IMPLEMENTATIONS =
            List.of(
                    "host",
                    "task",
                    "sandbox",
                    "swap",
                    "load",
                    "syscall",
                    "loader",
                    "fs.tmpfs",
                    "fs.proc",
                    "fs.sys",
                    "fs.cgroup",
                    "fs.fuse",
                    "fs.erofs",
                    "fs.dev",
                    "fs.host",
                    "fs.overlay",
                    "ipc",
                    "aio",
                    "keys",
                    "bpf",
                    "uring",
                    "vfs",
                    "mm",
                    "net",
                    "platform.ptrace",
                    "platform.trap",
                    "shell");

    /** What of java.lang.foreign calls native code; memory segments are for everybody. */
    private static final Set<String> NATIVE =
            Set.of("Linker", "SymbolLookup", "FunctionDescriptor");

    private static JavaClasses product;

    @BeforeAll
    static void read() {
        product = ProductClasses.all();
    }

    /** The canary: a rule over no classes holds always. */
    @TestFactory
    Stream<DynamicTest> everyImplementationHasClasses() {
        return Stream.concat(
                        IMPLEMENTATIONS.stream(),
                        Stream.of("abi", "api", "lib", "cli", "launcher", "assembler"))
                .map(name ->
                        DynamicTest.dynamicTest(
                                name,
                                () ->
                                        assertTrue(
                                                product.stream()
                                                        .anyMatch(type ->
                                                                type.getPackageName()
                                                                        .startsWith(
                                                                                "dev.moat."
                                                                                        + name)),
                                                "no classes of dev.moat." + name)));
    }

    @Test
    void abiUsesNobody() {
        classes()
                .that(resideInAPackage("dev.moat.abi.."))
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage(
                                "dev.moat.abi..",
                                "java..",
                                "org.jspecify..",
                                "org.osgi.annotation.."))
                .check(product);
    }

    @Test
    void apiUsesAbiOnly() {
        classes()
                .that(resideInAPackage("dev.moat.api.."))
                .should()
                .onlyDependOnClassesThat(
                        resideInAnyPackage(
                                "dev.moat.api..",
                                "dev.moat.abi..",
                                "java..",
                                "org.jspecify..",
                                "org.osgi.annotation.."))
                .check(product);
    }

    @Test
    void libraryKnowsTheContractsOnly() {
        noClasses()
                .that(resideInAPackage("dev.moat.lib.."))
                .should()
                .dependOnClassesThat(
                        resideInAPackage("dev.moat..")
                                .and(
                                        not(
                                                resideInAnyPackage(
                                                        "dev.moat.lib..",
                                                        "dev.moat.api..",
                                                        "dev.moat.abi.."))))
                .allowEmptyShould(true)
                .check(product);
    }

    /**
     * They meet as services; the shell has a private copy of what it shares with the command line.
     */
    @TestFactory
    Stream<DynamicTest> noImplementationKnowsAnother() {
        return IMPLEMENTATIONS.stream()
                .map(name ->
                        DynamicTest.dynamicTest(
                                name,
                                () -> {
                                    String own = "dev.moat." + name + "..";
                                    noClasses()
                                            .that(resideInAPackage(own))
                                            .should()
                                            .dependOnClassesThat(
                                                    resideInAPackage("dev.moat..")
                                                            .and(
                                                                    not(
                                                                            resideInAnyPackage(
                                                                                    own,
                                                                                    "dev.moat.api..",
                                                                                    "dev.moat.abi..",
                                                                                    "dev.moat.lib..",
                                                                                    "dev.moat.cli.shared.."))))
                                            .allowEmptyShould(true)
                                            .check(product);
                                }));
    }

    @Test
    void onlyTheLauncherKnowsTheFramework() {
        noClasses()
                .that(not(resideInAPackage("dev.moat.launcher..")))
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage(
                                "org.osgi.framework..",
                                "org.osgi.util..",
                                "org.apache.felix.framework.."))
                .check(product);
        // the canary
        assertTrue(
                product.stream()
                        .filter(type -> type.getPackageName().equals("dev.moat.launcher"))
                        .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
                        .anyMatch(dependency ->
                                dependency
                                        .getTargetClass()
                                        .getPackageName()
                                        .startsWith("org.osgi.framework")));
    }

    /** No start of a kernel loads the resolver. */
    @Test
    void onlyTheAssemblerKnowsTheResolver() {
        noClasses()
                .that(not(resideInAPackage("dev.moat.assembler..")))
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage("dev.moat.assembler..", "aQute..", "biz.aQute.."))
                .check(product);
        // the canary
        assertTrue(
                product.stream()
                        .filter(type -> type.getPackageName().equals("dev.moat.assembler"))
                        .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
                        .anyMatch(dependency ->
                                dependency
                                        .getTargetClass()
                                        .getPackageName()
                                        .startsWith("biz.aQute")));
    }

    @Test
    void onlyTheHostIsNative() {
        noClasses()
                .that(not(resideInAPackage("dev.moat.host..")))
                .should()
                .dependOnClassesThat(
                        resideInAnyPackage("jnr.ffi..", "com.kenai.jffi..", "sun.misc.."))
                .check(product);
        noClasses()
                .that(not(resideInAPackage("dev.moat.host..")))
                .should()
                .dependOnClassesThat(
                        resideInAPackage("java.lang.foreign")
                                .and(
                                        describe(
                                                "call native code",
                                                type -> NATIVE.contains(type.getSimpleName()))))
                .orShould()
                .callMethod("java.lang.foreign.MemorySegment", "reinterpret", "long")
                .check(product);
        // the canary
        assertTrue(
                product.stream()
                        .filter(type -> type.getPackageName().startsWith("dev.moat.host"))
                        .flatMap(type -> type.getDirectDependenciesFromSelf().stream())
                        .anyMatch(dependency ->
                                dependency
                                        .getTargetClass()
                                        .getPackageName()
                                        .startsWith("com.kenai.jffi")));
    }

    @Test
    void theRulesSeeTheWholeProduct() {
        assertAll(
                () -> assertTrue(product.size() > 300, "only " + product.size() + " classes"),
                () -> assertTrue(product.contain("dev.moat.api.sandbox.Sandbox")));
    }
}

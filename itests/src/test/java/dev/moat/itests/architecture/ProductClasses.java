package dev.moat.itests.architecture;

import com.tngtech.archunit.core.domain.JavaClass;
import com.tngtech.archunit.core.domain.JavaClasses;
import com.tngtech.archunit.core.importer.ClassFileImporter;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;

/** The compiled classes of all modules, read from their build directories. */
final class ProductClasses {
    private static final Path ROOT = Path.of(System.getProperty("moat.root")).normalize();

    private ProductClasses() {}

    /** All of them; read once, which takes many seconds. */
    static JavaClasses all() {
        return Once.CLASSES;
    }

    private static final class Once {
        static final JavaClasses CLASSES = read();
    }

    private static JavaClasses read() {
        List<Path> directories = new ArrayList<>();
        addModules(ROOT.resolve("bundles"), directories);
        addModules(ROOT, directories);
        // jnr is other people's code, and JMH generates code for the benchmarks
        directories.removeIf(directory -> directory.startsWith(ROOT.resolve("bundles/jnr")));
        directories.removeIf(directory -> directory.startsWith(ROOT.resolve("benchmarks")));
        // a bundle may hold a copy of a library
        return new ClassFileImporter()
                .importPaths(directories)
                .that(JavaClass.Predicates.resideInAPackage("dev.moat.."));
    }

    static Path root() {
        return ROOT;
    }

    private static void addModules(Path parent, List<Path> directories) {
        try (Stream<Path> modules = Files.list(parent)) {
            modules.map(module -> module.resolve("target/classes"))
                    .filter(Files::isDirectory)
                    .sorted()
                    .forEach(directories::add);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}

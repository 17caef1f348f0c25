package dev.moat.itests.kernel;

import static org.ops4j.pax.exam.CoreOptions.bundle;
import static org.ops4j.pax.exam.CoreOptions.frameworkProperty;
import static org.ops4j.pax.exam.CoreOptions.frameworkStartLevel;
import static org.ops4j.pax.exam.CoreOptions.junitBundles;
import static org.ops4j.pax.exam.CoreOptions.systemPackage;

import dev.moat.launcher.RevisionsActivator;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.Attributes;
import java.util.jar.JarFile;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import org.ops4j.pax.exam.Option;

/**
 * The distribution that the build made, as Pax Exam options: the same bundles at the same start
 * levels.
 */
final class Assembly {
    private static final Path HOME = Path.of(System.getProperty("moat.home"));

    /** Watched for bundles, of this virtual machine alone: tests run side by side. */
    static final Path LOAD =
            Path.of("target", "load", Long.toString(ProcessHandle.current().pid()))
                    .toAbsolutePath();

    /** The interactive shell would take the terminal of the build. */
    private static final String LEFT_OUT = "jline";

    /** Files of the class path whose packages the launcher offers to bundles. */
    private static final List<String> OFFERED =
            List.of("dev.moat.a", "org.osgi.", "picocli", "slf4j-api");

    private Assembly() {}

    static Option[] options() throws IOException {
        List<Option> options = new ArrayList<>();
        int last = 1;
        try (Stream<Path> jars = Files.walk(HOME.resolve("bundles"))) {
            for (Path jar :
                    jars.filter(path -> path.toString().endsWith(".jar")).sorted().toList()) {
                String level = jar.getParent().getFileName().toString().replaceFirst("-.*", "");
                if (!jar.getFileName().toString().contains(LEFT_OUT)) {
                    last = Math.max(last, Integer.parseInt(level));
                    options.add(bundle(jar.toUri().toString()).startLevel(Integer.parseInt(level)));
                }
            }
        }
        for (String clause : offeredPackages()) {
            options.add(systemPackage(clause));
        }
        options.add(bundle(launcherBundle().toUri().toString()).startLevel(1));
        options.add(systemPackage("dev.moat.launcher"));
        options.add(frameworkProperty("org.osgi.framework.bsnversion").value("multiple"));
        // Tests use the engine of hot swap, which no bundle exports, from their own class path.
        options.add(systemPackage("dev.moat.swap.engine"));
        options.add(systemPackage("dev.moat.swap.checkpoint"));
        Files.createDirectories(LOAD);
        options.add(frameworkProperty("felix.fileinstall.dir").value(LOAD.toString()));
        options.add(frameworkProperty("felix.fileinstall.poll").value("1000"));
        options.add(junitBundles());
        options.add(frameworkStartLevel(last + 10));
        return options.toArray(Option[]::new);
    }

    /** The file of a kernel bundle. */
    static Path jarOf(String symbolicName) {
        return HOME.resolve("bundles/20-kernel").resolve(symbolicName + ".jar");
    }

    /** What the launcher starts with the framework itself, which Pax Exam cannot. */
    private static Path launcherBundle() throws IOException {
        var manifest = new Manifest();
        Attributes headers = manifest.getMainAttributes();
        headers.put(Attributes.Name.MANIFEST_VERSION, "1.0");
        headers.putValue("Bundle-ManifestVersion", "2");
        headers.putValue("Bundle-SymbolicName", "moat.launcher");
        headers.putValue("Bundle-Activator", RevisionsActivator.class.getName());
        headers.putValue("Import-Package", RevisionsActivator.class.getPackageName());
        Path jar = Files.createTempFile("moat-it-launcher", ".jar");
        jar.toFile().deleteOnExit();
        new JarOutputStream(Files.newOutputStream(jar), manifest).close();
        return jar;
    }

    /**
     * Clauses of the export headers, one for each package; commas in quotes do not end a clause.
     */
    private static List<String> offeredPackages() throws IOException {
        List<String> clauses = new ArrayList<>();
        try (Stream<Path> jars = Files.list(HOME.resolve("lib"))) {
            for (Path jar : jars.sorted().toList()) {
                String name = jar.getFileName().toString();
                if (OFFERED.stream().anyMatch(name::startsWith)) {
                    try (var file = new JarFile(jar.toFile())) {
                        String exported =
                                file.getManifest().getMainAttributes().getValue("Export-Package");
                        clauses.addAll(List.of(exported.split(",(?=([^\"]*\"[^\"]*\")*[^\"]*$)")));
                    }
                }
            }
        }
        return clauses;
    }
}

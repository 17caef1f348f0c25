package dev.moat.assembler;

import aQute.bnd.osgi.Domain;
import aQute.bnd.osgi.resource.ResourceBuilder;
import aQute.bnd.osgi.resource.ResourceUtils;
import dev.moat.cli.KernelException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.jar.JarFile;
import java.util.jar.Manifest;
import java.util.stream.Stream;
import java.util.zip.ZipException;
import org.jspecify.annotations.Nullable;
import org.osgi.resource.Requirement;
import org.osgi.resource.Resource;

/** The bundles there are to choose from: those of a distribution and the operator's own. */
record Stock(List<Part> parts) {
    /** Where a bundle of the operator's own goes: it starts together with the kernel's. */
    private static final String KERNEL_LEVEL = "20-kernel";

    /**
     * Reads the manifests of all bundles.
     *
     * @throws KernelException naming a file that is no bundle or cannot be read
     */
    static Stock read(Path home, List<Path> additions) {
        var parts = new ArrayList<Part>();
        try {
            for (Path directory : list(home.resolve("bundles"))) {
                for (Path jar : jars(directory)) {
                    parts.add(part(jar, directory.getFileName().toString()));
                }
            }
            for (Path addition : additions) {
                if (!Files.exists(addition)) {
                    throw new KernelException("--add: no such file: " + addition);
                }
                for (Path jar : Files.isDirectory(addition) ? jars(addition) : List.of(addition)) {
                    parts.add(part(jar, KERNEL_LEVEL));
                }
            }
        } catch (IOException e) {
            throw new KernelException("cannot read the bundles: " + Reasons.of(e), e);
        }
        return new Stock(List.copyOf(parts));
    }

    /** The bundles that offer what is required. */
    List<Part> offering(Requirement requirement) {
        return parts.stream()
                .filter(part -> ResourceUtils.matches(requirement, part.resource()))
                .toList();
    }

    /** The bundle of a resource; none for what the framework and the class path are. */
    @Nullable Part of(Resource resource) {
        for (Part part : parts) {
            if (part.resource().equals(resource)) {
                return part;
            }
        }
        return null;
    }

    private static Part part(Path jar, String directory) throws IOException {
        try (var file = new JarFile(jar.toFile())) {
            Manifest manifest = file.getManifest();
            var builder = new ResourceBuilder();
            if (manifest == null || !builder.addManifest(Domain.domain(manifest))) {
                throw new KernelException("not a bundle: " + jar);
            }
            return new Part(jar, directory, Files.size(jar), builder.build());
        } catch (ZipException e) {
            throw new KernelException("not a bundle: " + jar, e);
        } catch (IllegalArgumentException e) {
            throw new KernelException("the manifest of " + jar + " is wrong: " + e.getMessage(), e);
        }
    }

    private static List<Path> jars(Path directory) throws IOException {
        return list(directory).stream().filter(path -> path.toString().endsWith(".jar")).toList();
    }

    private static List<Path> list(Path directory) throws IOException {
        try (Stream<Path> files = Files.list(directory)) {
            return files.sorted().toList();
        } catch (UncheckedIOException e) {
            throw e.getCause();
        }
    }
}

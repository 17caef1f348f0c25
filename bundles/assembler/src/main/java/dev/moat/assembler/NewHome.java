package dev.moat.assembler;

import dev.moat.cli.KernelException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.stream.Stream;

/**
 * The directory of a new kernel, laid out as a distribution: {@code bin/moat}, {@code lib/}, {@code
 * bundles/}, {@code conf/}. Closing it before {@link #keep} removes what was written.
 */
final class NewHome implements AutoCloseable {
    /** What a kernel needs besides its bundles; without the assembler and its recipes. */
    private static final List<String> COPIED = List.of("lib", "conf");

    private final Path directory;
    private final boolean existed;
    private boolean kept;

    private NewHome(Path directory, boolean existed) {
        this.directory = directory;
        this.existed = existed;
    }

    /**
     * Takes a directory that is empty or not there yet.
     *
     * @throws KernelException when it cannot be one
     */
    static NewHome in(Path directory) {
        boolean existed = Files.exists(directory);
        try {
            if (existed && !Files.isDirectory(directory)) {
                throw new KernelException("-o: not a directory: " + directory);
            }
            Files.createDirectories(directory);
            try (Stream<Path> files = Files.list(directory)) {
                if (files.findAny().isPresent()) {
                    throw new KernelException("-o: the directory is not empty: " + directory);
                }
            }
            if (!Files.isWritable(directory)) {
                throw new KernelException("-o: permission denied: " + directory);
            }
        } catch (IOException e) {
            throw new KernelException("-o: " + Reasons.of(e), e);
        }
        return new NewHome(directory, existed);
    }

    Path directory() {
        return directory;
    }

    /** Where the program of the new kernel is. */
    Path program() {
        return directory.resolve("bin").resolve("moat");
    }

    /**
     * Copies everything that the kernel is made of.
     *
     * @throws KernelException when that fails, as on a full disk
     */
    void write(Path home, Path recipe, List<Resolution.Choice> choices) {
        try {
            for (String name : COPIED) {
                copyTree(home.resolve(name), directory.resolve(name));
            }
            Files.createDirectories(program().getParent());
            copy(home.resolve("moat"), program());
            copy(recipe, directory.resolve("kernel.bndrun"));
            for (Resolution.Choice choice : choices) {
                Path level = directory.resolve("bundles").resolve(choice.part().directory());
                Files.createDirectories(level);
                copy(choice.part().jar(), level.resolve(choice.part().name() + ".jar"));
            }
        } catch (IOException e) {
            throw new KernelException("cannot write the kernel: " + Reasons.of(e), e);
        }
    }

    /** Adds the report to the kernel. */
    void writeReport(String report) {
        try {
            Files.writeString(directory.resolve("kernel.txt"), report);
        } catch (IOException e) {
            throw new KernelException("cannot write the report: " + Reasons.of(e), e);
        }
    }

    /** The bytes of all files in a part of a distribution. */
    static long sizeBytes(Path home, String name) {
        try (Stream<Path> files = Files.walk(home.resolve(name))) {
            long sum = 0;
            for (Path file : files.filter(Files::isRegularFile).toList()) {
                sum += Files.size(file);
            }
            return sum;
        } catch (IOException e) {
            throw new KernelException("cannot measure " + home + ": " + Reasons.of(e), e);
        }
    }

    /** The kernel is complete and stays. */
    void keep() {
        kept = true;
    }

    @Override
    public void close() {
        if (kept) {
            return;
        }
        try (Stream<Path> files = Files.walk(directory)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                if (!existed || !file.equals(directory)) {
                    Files.deleteIfExists(file);
                }
            }
        } catch (IOException e) {
            throw new KernelException("cannot remove " + directory + ": " + Reasons.of(e), e);
        }
    }

    private static void copyTree(Path from, Path to) throws IOException {
        try (Stream<Path> files = Files.walk(from)) {
            for (Path file : files.toList()) {
                Path copy = to.resolve(from.relativize(file).toString());
                if (Files.isDirectory(file)) {
                    Files.createDirectories(copy);
                } else {
                    copy(file, copy);
                }
            }
        }
    }

    /** With its date, by which the launcher and the JVM tell a new file. */
    private static void copy(Path from, Path to) throws IOException {
        Files.copy(from, to, StandardCopyOption.COPY_ATTRIBUTES);
    }
}

package dev.moat.itests.program;

import static dev.moat.itests.program.MoatRun.assertOneLine;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.itests.program.MoatRun.Answer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Set;
import java.util.TreeSet;
import java.util.jar.JarFile;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Kernels that {@code moat assemble} makes: what they hold, run and refuse. */
class AssembliesIT {
    private static final Path BUSYBOX = Path.of("/bin/busybox");

    private static final String PTRACE = "moat.subsystem;filter:='(&(name=platform)(impl=ptrace))'";

    /** Prints the errno of calls of a network stack and uses a pipe, which is none. */
    private static final String SOCKETS =
            """
            #include <errno.h>
            #include <stdio.h>
            #include <sys/socket.h>
            #include <unistd.h>

            int main(void) {
                int pair[2];
                printf("socket %d\\n", socket(AF_UNIX, SOCK_STREAM, 0) < 0 ? errno : 0);
                printf("socketpair %d\\n", socketpair(AF_UNIX, SOCK_STREAM, 0, pair) < 0 ? errno : 0);
                printf("listen %d\\n", listen(0, 1) < 0 ? errno : 0);
                printf("pipe %d\\n", pipe(pair) < 0 ? errno : 0);
                return 0;
            }
            """;

    @TempDir static Path directory;

    @BeforeAll
    static void needPlatform() throws Exception {
        String platforms = MoatRun.of(MoatRun.PROGRAM, "platforms").output();
        Assumptions.assumeTrue(platforms.contains(" available"), "skipped: " + platforms);
    }

    @Test
    void minimalRunsStaticPrograms() throws Exception {
        Assumptions.assumeTrue(Files.isExecutable(BUSYBOX), "skipped: no busybox");
        Path home = directory.resolve("minimal");
        Answer made = assemble("minimal", home);
        assertEquals(0, made.code(), made.errors());
        assertTrue(made.output().contains("asked for: platform ptrace"), made.output());
        assertTrue(made.output().contains("dev.moat.sandbox needs vfs"), made.output());
        assertTrue(made.output().matches("(?s).*left out: .*fs proc.*net.*"), made.output());
        assertTrue(made.output().matches("(?s).*system calls: \\d+ served.*"), made.output());
        assertEquals(made.output(), Files.readString(home.resolve("kernel.txt")));

        Answer ran =
                moat(
                        home,
                        "run",
                        "--",
                        "/bin/busybox",
                        "sh",
                        "-c",
                        "busybox echo $((6 * 7)) | busybox tee /tmp/a; busybox cat /tmp/a");
        assertEquals(new Answer(0, "42\n42\n", ""), ran);

        // nothing of the host shows where the kernel has nothing of its own
        Answer seen = moat(home, "run", "--", "/bin/busybox", "ls", "/proc", "/sys", "/dev");
        assertEquals(new Answer(0, "/dev:\nshm\n\n/proc:\n\n/sys:\n", ""), seen);
        Answer written = moat(home, "run", "--", "/bin/busybox", "touch", "/a", "/proc/a");
        assertEquals(1, written.code());
        assertEquals(2, written.errors().lines().count(), written.errors());
        assertTrue(
                written.errors().lines().allMatch(line -> line.endsWith("Read-only file system")),
                written.errors());

        assertOneLine(125, moat(home, "run", "-v", "/etc:/no/such", "--", "/bin/busybox", "true"));
        assertOneLine(125, moat(home, "run", "-w", "/no/such", "--", "/bin/busybox", "true"));
        assertOneLine(125, moat(home, "shell"));
        assertOneLine(125, moat(home, "assemble", "--from", "minimal", "-o", "x"));
    }

    @Test
    void kernelWithoutNetworkStackHasNoSockets() throws Exception {
        Path home = directory.resolve("no-net");
        Path recipe =
                recipe(
                        "-runrequires: moat.subsystem;filter:='(name=*)';cardinality:=multiple",
                        "-runblacklist: moat.subsystem;filter:='(name=net)'");
        Answer made = assemble(recipe.toString(), home);
        assertEquals(0, made.code(), made.errors());
        assertTrue(
                made.output().matches("(?s).*ENOSYS, being left out: .*socket, socketpair\\n.*"),
                made.output());

        Path source = Files.writeString(directory.resolve("sockets.c"), SOCKETS);
        Path program = directory.resolve("sockets");
        Process compiler =
                new ProcessBuilder("gcc", "-static", "-o", program.toString(), source.toString())
                        .inheritIO()
                        .start();
        assertEquals(0, compiler.waitFor());
        String enosys = "socket 38\nsocketpair 38\nlisten 38\npipe 0\n";
        assertEquals(
                new Answer(0, enosys, ""),
                moat(home, "run", "-v", program + ":/sockets:ro", "--", "/sockets"));
        // the canary: the whole kernel has them
        assertEquals(
                "socket 0\nsocketpair 0\n",
                MoatRun.of(MoatRun.PROGRAM, "run", "-v", program + ":/sockets:ro", "--", "/sockets")
                        .output()
                        .replaceFirst("(?s)listen.*", ""));
        // the rest is as in the whole kernel
        assertEquals(
                new Answer(0, "1\n/dev/null\n", ""),
                moat(home, "run", "--", "/bin/sh", "-c", "touch /x; echo $$; ls /dev/null"));
        Answer shell = moat(home, "shell", "-c", "moat:platforms");
        assertTrue(shell.output().contains("ptrace"), shell.toString());
    }

    @Test
    void fullHoldsEveryBundle() throws Exception {
        Path home = directory.resolve("full");
        Answer made = assemble("full", home);
        assertEquals(0, made.code(), made.errors());
        assertEquals(bundles(MoatRun.PROGRAM.getParent()), bundles(home));
    }

    @Test
    void aMissingPieceIsNamed() throws Exception {
        Path home = directory.resolve("without-platform");
        Answer made =
                assemble(
                        recipe("-runrequires: moat.subsystem;filter:='(name=net)'").toString(),
                        home);
        assertEquals(125, made.code());
        assertEquals("", made.output());
        assertTrue(made.errors().contains("moat: a kernel needs a platform; add one of: "));
        assertTrue(made.errors().contains(PTRACE), made.errors());
        assertFalse(Files.exists(home), "left behind");
    }

    @Test
    void bundleOfAnotherVersionOfTheContractsIsRefused() throws Exception {
        Path jar = directory.resolve("future.jar");
        ForeignBundle.write(
                jar,
                "Bundle-ManifestVersion: 2",
                "Bundle-SymbolicName: org.example.future",
                "Import-Package: dev.moat.api.vfs;version=\"[2.0,3)\"");
        Path recipe = recipe("-runrequires: " + PTRACE + ",bnd.identity;id=org.example.future");
        Path home = directory.resolve("future");
        Answer made = assemble(recipe.toString(), home, "--add", jar.toString());
        assertEquals(125, made.code());
        assertEquals(
                "moat: org.example.future needs package dev.moat.api.vfs of version 2.0.0;"
                        + " no bundle offers it",
                made.errors().lines().toList().getLast());
        assertFalse(Files.exists(home), "left behind");
    }

    @Test
    void aMistakeGivesOneLine() throws Exception {
        Path home = directory.resolve("mistake");
        String good = recipe("-runrequires: " + PTRACE).toString();
        assertOneLine(125, assemble("/no/such.bndrun", home));
        assertOneLine(125, assemble("nonesuch", home));
        assertOneLine(125, assemble("/etc", home));
        assertOneLine(125, assemble("/bin/ls", home));
        assertOneLine(125, assemble(recipe("# nothing").toString(), home));
        assertOneLine(125, assemble(recipe("-runrequires: dev.moat.net").toString(), home));
        assertOneLine(125, assemble(recipe("-runrequire: " + PTRACE).toString(), home));
        assertOneLine(
                125, assemble(recipe("-runrequires: x;filter:='(name=platform'").toString(), home));
        assertOneLine(125, assemble(good, home, "--add", "/no/such.jar"));
        assertOneLine(125, assemble(good, home, "--add", "/etc/passwd"));
        assertOneLine(125, assemble(good, Path.of("/etc")));
        assertOneLine(125, assemble(good, Path.of("/etc/passwd")));
        assertOneLine(125, assemble(good, Path.of("/proc/kernel")));
        assertOneLine(125, MoatRun.of(MoatRun.PROGRAM, "assemble", "--from", good));
        assertFalse(Files.exists(home), "left behind");
    }

    private static Answer assemble(String from, Path home, String... more) throws Exception {
        String[] arguments = {"assemble", "--from", from, "-o", home.toString()};
        return MoatRun.of(
                MoatRun.PROGRAM,
                Stream.of(arguments, more).flatMap(Stream::of).toArray(String[]::new));
    }

    private static Answer moat(Path home, String... arguments) throws Exception {
        return MoatRun.of(home.resolve("bin/moat"), arguments);
    }

    private static Path recipe(String... lines) throws Exception {
        return Files.writeString(
                Files.createTempFile(directory, "kernel", ".bndrun"),
                String.join("\n", lines) + "\n");
    }

    private static Set<String> bundles(Path home) throws Exception {
        Set<String> names = new TreeSet<>();
        try (Stream<Path> files = Files.walk(home.resolve("bundles"))) {
            for (Path jar : files.filter(Files::isRegularFile).toList()) {
                try (var file = new JarFile(jar.toFile())) {
                    names.add(
                            jar.getParent().getFileName()
                                    + " "
                                    + file.getManifest()
                                            .getMainAttributes()
                                            .getValue("Bundle-SymbolicName"));
                }
            }
        }
        return names;
    }
}

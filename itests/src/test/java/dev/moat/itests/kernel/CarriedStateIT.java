package dev.moat.itests.kernel;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import dev.moat.abi.OpenFlags;
import dev.moat.api.host.HostFiles;
import dev.moat.api.host.HostResult;
import dev.moat.api.platform.Platform;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.SandboxManager;
import dev.moat.api.sandbox.Stdio;
import dev.moat.api.swap.Revisions;
import dev.moat.api.swap.Revisions.Revision;
import dev.moat.api.swap.SwapService;
import dev.moat.api.swap.SwapService.Part;
import dev.moat.api.swap.SwapService.Request;
import dev.moat.api.swap.SwapService.SwapRecord;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import javax.inject.Inject;
import org.junit.Assume;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;

/**
 * One of everything, open in a sandbox, goes through another revision of each bundle and works on.
 */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class CarriedStateIT {
    private static final List<String> BUNDLES =
            List.of(
                    "fs.tmpfs",
                    "fs.sys",
                    "fs.cgroup",
                    "fs.fuse",
                    "fs.proc",
                    "fs.dev",
                    "fs.host",
                    "fs.overlay",
                    "vfs",
                    "mm",
                    "net",
                    "ipc",
                    "aio",
                    "keys",
                    "bpf",
                    "uring",
                    "task",
                    "loader",
                    "syscall");

    @Inject SandboxManager manager;

    @Inject Platform platform;

    @Inject SwapService swaps;

    @Inject Revisions revisions;

    @Inject HostFiles files;

    /** Loaders that are to go, by bundle. */
    private final Map<String, WeakReference<ClassLoader>> old = new TreeMap<>();

    private int number;

    @Before
    public void needPlatform() {
        Platform.Availability answer = platform.availability();
        Assume.assumeTrue("skipped: " + answer.reason(), answer.available());
    }

    @Configuration
    public Option[] assembly() throws IOException {
        return Assembly.options();
    }

    @Test
    public void everythingWorksOn_inAnotherRevisionOfEachBundle() throws Exception {
        List<String> failures = new ArrayList<>();
        try (Everything everything = Everything.start(manager, BUNDLES.size() + 1)) {
            assertEquals("[]", everything.check());
            for (String name : BUNDLES) {
                swap(everything.sandbox(), "dev.moat." + name);
                String failed = everything.check();
                if (!failed.equals("[]")) {
                    failures.add(name + failed);
                }
            }
            assertEquals("[]", failures.toString());
            assertEquals(everything.output(), ExitStatus.exited(0), everything.ended());
            assertEquals("[]", stillReferred().toString());
        }
    }

    @Test
    public void theOperatorsTerminal_goesOn() throws Exception {
        Path keyboard = Files.createTempDirectory("moat-it").resolve("keyboard");
        assertEquals(0, new ProcessBuilder("mkfifo", keyboard.toString()).start().waitFor());
        Path screen = Files.createTempFile("moat-it", ".log");
        int input = open(keyboard, OpenFlags.O_RDWR);
        int output = open(screen, OpenFlags.O_WRONLY);
        Sandbox sandbox =
                manager.start(
                        Programs.spec(
                                new Stdio.Terminal(input, output, 24, 80),
                                Long.MAX_VALUE,
                                "/bin/cat"));
        try (OutputStream keys = Files.newOutputStream(keyboard)) {
            StringBuilder expected = new StringBuilder();
            for (String name : List.of("fs.dev", "fs.host", "task", "vfs", "fs.dev")) {
                type(keys, name + "\n", screen, expected.append((name + "\r\n").repeat(2)));
                swap(sandbox, "dev.moat." + name);
            }
            type(keys, "last\n", screen, expected.append("last\r\nlast\r\n"));
            keys.write(4);
            keys.flush();
            assertEquals(ExitStatus.exited(0), sandbox.exited().get(120, TimeUnit.SECONDS));
        } finally {
            sandbox.kill();
            files.close(input);
            files.close(output);
            Files.delete(screen);
            Files.delete(keyboard);
        }
    }

    private int open(Path path, int flags) {
        return HostResult.orThrow(files.openAt(HostFiles.AT_FDCWD, path.toString(), flags, 0));
    }

    private static void type(OutputStream keys, String text, Path screen, CharSequence expected)
            throws Exception {
        keys.write(text.getBytes(StandardCharsets.US_ASCII));
        keys.flush();
        for (int i = 0; i < 1000 && !Files.readString(screen).contentEquals(expected); i++) {
            TimeUnit.MILLISECONDS.sleep(20);
        }
        assertEquals(expected.toString(), Files.readString(screen));
    }

    /** Bundles whose old classes somebody holds on to. */
    private List<String> stillReferred() throws InterruptedException {
        for (int i = 0; i < 20 && old.values().stream().anyMatch(each -> each.get() != null); i++) {
            System.gc();
            TimeUnit.MILLISECONDS.sleep(100);
        }
        return old.entrySet().stream()
                .filter(entry -> entry.getValue().get() != null)
                .map(Map.Entry::getKey)
                .toList();
    }

    private void swap(Sandbox sandbox, String name) throws Exception {
        Revision leaving =
                revisions.installed().stream()
                        .filter(revision -> revision.symbolicName().equals(name))
                        .toList()
                        .getLast();
        var classes = new WeakReference<>(revisions.classLoader(leaving));
        RevisedJar jar = RevisedJar.of(name.substring("dev.moat.".length()));
        number++;
        List<SwapRecord> records =
                swaps.swap(
                        new Request(
                                List.of(sandbox),
                                List.of(
                                        new Part(
                                                Optional.empty(),
                                                jar.header(
                                                                "Bundle-Version",
                                                                _ -> "9." + number + ".0")
                                                        .write())),
                                Duration.ofSeconds(20),
                                Duration.ZERO));
        assertTrue(name, records.getFirst().carriedObjects() > 0);
        old.put(name, classes);
    }
}

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
import dev.moat.swap.engine.Replacement;
import dev.moat.swap.engine.StateMigration;
import java.io.IOException;
import java.io.OutputStream;
import java.lang.ref.WeakReference;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.jar.JarEntry;
import java.util.jar.JarInputStream;
import java.util.jar.JarOutputStream;
import java.util.jar.Manifest;
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
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.wiring.BundleWiring;

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
                    "fs.proc",
                    "fs.dev",
                    "fs.host",
                    "fs.overlay",
                    "vfs",
                    "mm",
                    "net",
                    "task",
                    "loader",
                    "syscall");

    @Inject SandboxManager manager;

    @Inject Platform platform;

    @Inject BundleContext context;

    @Inject HostFiles files;

    /** Loaders that are to go, by bundle. */
    private final Map<String, WeakReference<ClassLoader>> old = new TreeMap<>();

    private int revisions;

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
            assertEquals(ExitStatus.exited(0), sandbox.exited().get(30, TimeUnit.SECONDS));
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
        Services services = new Services(context);
        Bundle leaving = current(name);
        Bundle fresh = context.installBundle("file:" + revise(leaving));
        fresh.start();
        List<Replacement> replacements =
                List.of(
                        Replacement.of(
                                loader(leaving),
                                loader(fresh),
                                services.of(leaving),
                                services.of(fresh)));
        boolean entered = sandbox.safePoint().enter(TimeUnit.SECONDS.toNanos(20));
        assertTrue(sandbox.safePoint().missing().toString(), entered);
        try {
            StateMigration migration =
                    StateMigration.prepare(sandbox, replacements, services.all());
            migration.commit();
            migration.restore();
            assertTrue(name, migration.carriedObjects() > 0);
            old.put(name, new WeakReference<>(loader(leaving)));
            leaving.stop();
            leaving.uninstall();
        } finally {
            sandbox.safePoint().leave();
        }
    }

    private Bundle current(String name) {
        for (Bundle bundle : context.getBundles()) {
            if (name.equals(bundle.getSymbolicName())) {
                return bundle;
            }
        }
        throw new AssertionError("no bundle " + name);
    }

    private static ClassLoader loader(Bundle bundle) {
        return bundle.adapt(BundleWiring.class).getClassLoader();
    }

    /** The same bundle under a higher version. */
    private Path revise(Bundle bundle) throws IOException {
        Path jar = Files.createTempFile("moat-revision", ".jar");
        jar.toFile().deleteOnExit();
        Path original = Assembly.jarOf(bundle.getSymbolicName());
        try (JarInputStream in = new JarInputStream(Files.newInputStream(original))) {
            Manifest manifest = new Manifest(in.getManifest());
            revisions++;
            manifest.getMainAttributes().putValue("Bundle-Version", "9." + revisions + ".0");
            try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar), manifest)) {
                for (JarEntry entry = in.getNextJarEntry();
                        entry != null;
                        entry = in.getNextJarEntry()) {
                    out.putNextEntry(new JarEntry(entry.getName()));
                    in.transferTo(out);
                    out.closeEntry();
                }
            }
        }
        return jar;
    }
}

package dev.moat.itests.kernel;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import dev.moat.api.platform.Platform;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.SandboxManager;
import dev.moat.api.swap.Revisions;
import dev.moat.api.swap.Revisions.Revision;
import dev.moat.api.swap.SwapException;
import dev.moat.api.swap.SwapService;
import dev.moat.api.swap.SwapService.Outcome;
import dev.moat.api.swap.SwapService.Part;
import dev.moat.api.swap.SwapService.Request;
import dev.moat.api.swap.SwapService.SwapRecord;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Stream;
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
import org.ops4j.pax.exam.util.Filter;

/**
 * Every bundle is swapped again and again, and the platform changed back and forth, under programs
 * that use all of the kernel. Left out of ordinary builds; asked for by name, how often with {@code
 * -Dit.test=SwapUnderLoadIT -Dmoat.swaps=50}. The figures are in {@code
 * target/swap-under-load.txt}.
 */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class SwapUnderLoadIT {
    private static final int SWAPS = Integer.getInteger("moat.swaps", 3);

    private static final List<String> BUNDLES =
            List.of(
                    "fs.tmpfs",
                    "fs.proc",
                    "fs.sys",
                    "fs.cgroup",
                    "fs.fuse",
                    "fs.erofs",
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

    /** What a busy machine may need; a swap that needs longer is called off and done again. */
    private static final Duration LIMIT = Duration.ofSeconds(2);

    private static final Duration PROBATION = Duration.ofMillis(50);
    private static final int ATTEMPTS = 20;

    /** Loaded classes and caches of the test itself make the heap grow a little. */
    private static final long HEAP_SLACK_BYTES = 4L << 20;

    /** A platform may keep as many for processes to come: two stubs, three descriptors each. */
    private static final int DESCRIPTOR_SLACK = 6;

    /** The script that waits does not have the same pages each time. */
    private static final long GUEST_SLACK_BYTES = 32 << 10;

    private static final Path FIGURES = Path.of("target/swap-under-load.txt");

    @Inject SandboxManager manager;

    @Inject SwapService swaps;

    @Inject Revisions revisions;

    @Inject
    @Filter("(moat.platform=ptrace)")
    Platform ptrace;

    @Inject
    @Filter("(moat.platform=trap)")
    Platform trap;

    private final Map<String, WeakReference<ClassLoader>> oldLoaders = new TreeMap<>();
    private final Map<String, List<Long>> pauses = new TreeMap<>();
    private final Map<String, Long> carried = new TreeMap<>();
    private int calledOff;
    private int number;

    @Configuration
    public Option[] assembly() throws IOException {
        return Assembly.options();
    }

    @Before
    public void needPlatform() {
        Assume.assumeTrue("skipped: no ptrace", ptrace.availability().available());
    }

    @Test
    public void everyBundleIsSwapped_andNothingIsNoticedLostOrKept() throws Exception {
        try (Loads loads = Loads.start(manager)) {
            Sandbox sandbox = loads.sandbox();
            // so that what is loaded once for the first swap is not taken for growth
            for (String bundle : BUNDLES) {
                swap(sandbox, bundle);
            }
            collect();
            Usage before = Usage.of(sandbox);
            loads.go();
            for (int round = 0; round < SWAPS; round++) {
                for (String bundle : BUNDLES) {
                    swap(sandbox, bundle);
                }
            }
            loads.stop();
            collect();
            Usage after = Usage.of(sandbox);
            report("bundles", loads, before, after);
            assertEquals("", String.join("\n", loads.differences()));
            assertEquals(loads.runs().keySet(), Set.copyOf(Loads.NAMES));
            assertEquals("old class loaders still in use", Set.of(), oldLoaders.keySet());
            assertNoGrowth(before, after);
            loads.end();
        }
    }

    @Test
    public void thePlatformChangesBackAndForth() throws Exception {
        Assume.assumeTrue("skipped: no trap", trap.availability().available());
        try (Loads loads = Loads.start(manager)) {
            Sandbox sandbox = loads.sandbox();
            move(sandbox);
            move(sandbox);
            Usage before = Usage.of(sandbox);
            loads.go();
            for (int i = 0; i < 2 * Math.max(SWAPS, 5); i++) {
                move(sandbox);
                // programs shall run for a while on each
                TimeUnit.MILLISECONDS.sleep(300);
            }
            loads.stop();
            Usage after = Usage.of(sandbox);
            report("platforms", loads, before, after);
            assertEquals("", String.join("\n", loads.differences()));
            assertNoGrowth(before, after);
            loads.end();
        }
    }

    private void swap(Sandbox sandbox, String bundle) throws Exception {
        String name = "dev.moat." + bundle;
        Revision leaving =
                revisions.offered().stream()
                        .filter(revision -> revision.symbolicName().equals(name))
                        .toList()
                        .getLast();
        oldLoaders.put(
                name + " " + leaving.version(),
                new WeakReference<>(revisions.classLoader(leaving)));
        number++;
        String version = "9." + number + ".0";
        URI jar = RevisedJar.of(bundle).header("Bundle-Version", _ -> version).write();
        Request request =
                new Request(
                        List.of(sandbox),
                        List.of(new Part(Optional.empty(), jar)),
                        LIMIT,
                        PROBATION);
        List<SwapRecord> records = retried(() -> swaps.swap(request));
        Files.delete(Path.of(jar));
        assertEquals(name, 1, records.size());
        assertEquals(name + " " + version, records.getFirst().to());
        note(bundle, records.getFirst());
    }

    private void move(Sandbox sandbox) throws Exception {
        String to = sandbox.platformName().equals("trap") ? "ptrace" : "trap";
        note("to " + to, retried(() -> swaps.movePlatform(sandbox, to, LIMIT)));
        assertEquals(to, sandbox.platformName());
    }

    private void note(String what, SwapRecord done) {
        assertEquals(done.toString(), Outcome.DONE, done.outcome());
        pauses.computeIfAbsent(what, _ -> new ArrayList<>()).add(done.pauseNs());
        carried.merge(what, done.carriedObjects(), Math::max);
    }

    /**
     * Tries again what was called off because tasks did not come in time; all else is a failure.
     */
    private <T> T retried(Supplier<T> action) {
        for (int i = 1; ; i++) {
            try {
                return action.get();
            } catch (SwapException e) {
                if (i == ATTEMPTS || !String.valueOf(e.getMessage()).contains("safe point")) {
                    throw e;
                }
                calledOff++;
            }
        }
    }

    /** Waits until no loader of a former revision is left, for a while. */
    private void collect() throws InterruptedException {
        for (int i = 0; i < 60; i++) {
            System.gc();
            oldLoaders.values().removeIf(each -> each.get() == null);
            if (oldLoaders.isEmpty()) {
                break;
            }
            TimeUnit.MILLISECONDS.sleep(250);
        }
    }

    private static void assertNoGrowth(Usage before, Usage after) {
        String both = before + " -> " + after;
        assertTrue(
                "descriptors: " + both + ": " + after.openedSince(before),
                after.descriptors().size() <= before.descriptors().size() + DESCRIPTOR_SLACK);
        assertTrue(
                "memory file: " + both,
                after.guestBytes() <= before.guestBytes() + GUEST_SLACK_BYTES);
        assertTrue("heap: " + both, after.heapBytes() <= before.heapBytes() + HEAP_SLACK_BYTES);
    }

    private void report(String title, Loads loads, Usage before, Usage after) throws IOException {
        StringBuilder text = new StringBuilder();
        text.append(title)
                .append(": runs ")
                .append(loads.runs())
                .append(", called off ")
                .append(calledOff)
                .append('\n')
                .append(before)
                .append("\n")
                .append(after)
                .append('\n');
        pauses.forEach((what, all) -> {
            Collections.sort(all);
            text.append(
                    String.format(
                            "%-10s %4d times, pause median %7.2f ms, worst %7.2f ms, objects %d%n",
                            what,
                            all.size(),
                            all.get(all.size() / 2) / 1e6,
                            all.getLast() / 1e6,
                            carried.get(what)));
        });
        Files.writeString(FIGURES, text, StandardOpenOption.CREATE, StandardOpenOption.APPEND);
    }

    /**
     * What could grow, while no load runs.
     *
     * @param descriptors what the descriptors of the kernel host lead to, sorted, but directories:
     *     file systems keep some of those, up to a number
     */
    private record Usage(List<String> descriptors, long guestBytes, long heapBytes) {
        static Usage of(Sandbox sandbox) throws Exception {
            for (int i = 0; i < 5; i++) {
                System.gc();
                TimeUnit.MILLISECONDS.sleep(100);
            }
            Runtime runtime = Runtime.getRuntime();
            return new Usage(
                    openFiles(),
                    sandbox.memory().file().usedBytes(),
                    runtime.totalMemory() - runtime.freeMemory());
        }

        private static List<String> openFiles() throws IOException {
            List<String> files = new ArrayList<>();
            try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
                for (Path descriptor : descriptors.toList()) {
                    try {
                        if (!Files.isDirectory(descriptor)) {
                            files.add(Files.readSymbolicLink(descriptor).toString());
                        }
                    } catch (NoSuchFileException e) {
                        // the one that lists the directory
                    }
                }
            }
            Collections.sort(files);
            return files;
        }

        /** What is open now and was not then. */
        List<String> openedSince(Usage then) {
            List<String> more = new ArrayList<>(descriptors);
            then.descriptors.forEach(more::remove);
            return more;
        }

        @Override
        public String toString() {
            return String.format(
                    "descriptors %d, guest %d KiB, heap %d KiB",
                    descriptors.size(), guestBytes >> 10, heapBytes >> 10);
        }
    }
}

package dev.moat.itests.kernel;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.SandboxManager;
import dev.moat.api.sandbox.Stdio;
import dev.moat.api.swap.Revisions;
import dev.moat.api.swap.Revisions.Revision;
import dev.moat.api.swap.SwapException;
import dev.moat.api.swap.SwapService;
import dev.moat.api.swap.SwapService.Outcome;
import dev.moat.api.swap.SwapService.Part;
import dev.moat.api.swap.SwapService.Request;
import dev.moat.api.swap.SwapService.SwapRecord;
import dev.moat.launcher.BundleCommands;
import java.io.IOException;
import java.lang.ref.WeakReference;
import java.net.URI;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import javax.inject.Inject;
import org.junit.After;
import org.junit.Assume;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerMethod;
import org.osgi.framework.BundleContext;

/** A platform's bundle is replaced under the tasks that run on it. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerMethod.class)
public class PlatformSwapIT {
    private static final Duration LIMIT = Duration.ofSeconds(5);
    private static final Duration PROBATION = Duration.ofSeconds(30);
    private static final Duration NO_TIME = Duration.ofMillis(1);

    /** Processes that come and go, and one that computes with its registers all the time. */
    private static final String WORK = "while :; do :; done & " + CountingWork.SCRIPT;

    private static final Map<String, String> SERVICES =
            Map.of(
                    "trap", "dev.moat.platform.trap.TrapPlatform",
                    "ptrace", "dev.moat.platform.ptrace.PtracePlatform");

    private static final Map<String, String> SESSIONS =
            Map.of(
                    "trap", "dev.moat.platform.trap.TrapSession",
                    "ptrace", "dev.moat.platform.ptrace.PtraceSession");

    private static final Map<String, String> CONTEXTS =
            Map.of(
                    "trap", "dev.moat.platform.trap.TrapContext",
                    "ptrace", "dev.moat.platform.ptrace.StubContext");

    @Inject SandboxManager manager;

    @Inject SwapService swaps;

    @Inject Revisions revisions;

    @Inject BundleContext context;

    private final List<Path> outputs = new ArrayList<>();

    @Configuration
    public Option[] assembly() throws IOException {
        return Assembly.options();
    }

    @After
    public void end() throws IOException {
        manager.sandboxes().forEach(Sandbox::kill);
        for (Path output : outputs) {
            Files.deleteIfExists(output);
        }
    }

    @Test
    public void aNewRevisionTakesOver_andTheOldOneIsCollected() throws Exception {
        for (String platform : platforms()) {
            Sandbox sandbox = start(platform);
            Revision old = use(sandbox);
            var oldClasses = new WeakReference<>(revisions.classLoader(old));
            Part named = new Part(Optional.of("platform"), revised(platform).write());
            List<SwapRecord> records =
                    swaps.swap(new Request(List.of(sandbox), List.of(named), LIMIT, NO_TIME));
            assertEquals(1, records.size());
            SwapRecord done = records.getFirst();
            assertEquals(Outcome.DONE, done.outcome());
            assertEquals("platform:" + platform, done.subsystem());
            assertEquals(old.toString(), done.from());
            assertEquals("dev.moat.platform." + platform + " 7.0.0", done.to());
            assertTrue(done.toString(), done.pauseNs() > 0);
            assertEquals("7.0.0", use(sandbox).version());
            assertEquals(platform, sandbox.platformName());
            assertEquals(records, swaps.history(sandbox));
            Sandbox fresh = start(platform);
            assertEquals("7.0.0", use(fresh).version());
            finishWork(sandbox);
            finishWork(fresh);
            awaitCollected(oldClasses);
            assertTrue(revisions.installed().stream().noneMatch(old::equals));
        }
    }

    @Test
    public void aSwapOfAPlatform_isUndoneByARollback() throws Exception {
        for (String platform : platforms()) {
            Sandbox sandbox = start(platform);
            Revision old = use(sandbox);
            swap(sandbox, NO_TIME, revised(platform).write());
            assertEquals("7.0.0", use(sandbox).version());
            List<SwapRecord> back = swaps.rollback(sandbox);
            assertEquals(1, back.size());
            assertEquals(old.toString(), back.getFirst().to());
            assertEquals(old.version(), use(sandbox).version());
            assertEquals(platform, sandbox.platformName());
            finishWork(sandbox);
        }
    }

    @Test
    public void anUpdate_isASwap() throws Exception {
        BundleCommands commands =
                context.getService(context.getServiceReference(BundleCommands.class));
        for (String platform : platforms()) {
            Sandbox sandbox = start(platform);
            String jar = revised(platform).write().toString();
            for (int i = 0; i < 20 && !use(sandbox).version().equals("7.0.0"); i++) {
                update(commands, "dev.moat.platform." + platform, jar);
            }
            assertEquals("7.0.0", use(sandbox).version());
            finishWork(sandbox);
        }
    }

    @Test
    public void aPlatformThatDoesNotOpen_orMakesNoContexts_isRefused() throws Exception {
        for (String platform : platforms()) {
            Sandbox sandbox = start(platform);
            assertRefused(sandbox, revised(platform).throwingIn(SERVICES.get(platform), "open"));
            assertRefused(
                    sandbox, revised(platform).throwingIn(SESSIONS.get(platform), "newContext"));
            assertNotEquals("7.0.0", use(sandbox).version());
            assertTrue(
                    revisions.installed().stream()
                            .noneMatch(revision -> revision.version().equals("7.0.0")));
            finishWork(sandbox);
        }
    }

    @Test
    public void settingsOfAPlatform_stayWithTheSandbox_andCanBeChanged() throws Exception {
        Assume.assumeTrue("skipped: no platform has settings", platforms().contains("trap"));
        Sandbox sandbox = start("trap,patch=off");
        assertEquals(Map.of("patch", "off"), sandbox.platform().settings());
        swap(sandbox, NO_TIME, revised("trap").write());
        assertEquals("7.0.0", use(sandbox).version());
        assertEquals(Map.of("patch", "off"), sandbox.platform().settings());
        SwapRecord set = swaps.movePlatform(sandbox, "trap,spin=off", LIMIT);
        assertEquals("trap,patch=off", set.from());
        assertEquals("trap,spin=off", set.to());
        assertEquals("7.0.0", use(sandbox).version());
        assertEquals(Map.of("spin", "off"), sandbox.platform().settings());
        swaps.rollback(sandbox);
        assertEquals(Map.of("patch", "off"), sandbox.platform().settings());
        for (String wrong : List.of("trap,patch=off", "trap,patch=maybe", "trap,wings=2")) {
            SwapException refused =
                    assertThrows(
                            SwapException.class, () -> swaps.movePlatform(sandbox, wrong, LIMIT));
            assertEquals(1, refused.getMessage().lines().count());
        }
        finishWork(sandbox);
    }

    @Test
    public void aPlatformThatHangs_isRefused_beforeAnyTaskWaitsForIt() throws Exception {
        String platform = platforms().getFirst();
        Sandbox sandbox = start(platform);
        URI jar = revised(platform).hangingIn(SESSIONS.get(platform), "newContext").write();
        SwapException refused =
                assertThrows(SwapException.class, () -> swap(sandbox, PROBATION, jar));
        String message = refused.getMessage();
        assertTrue(message, message.contains("the rehearsal took longer than"));
        finishWork(sandbox);
    }

    @Test
    public void aPlatformThatTheTasksDoNotRunOn_isRefused() throws Exception {
        List<String> both = platforms();
        Assume.assumeTrue("skipped: there is one platform only", both.size() == 2);
        Sandbox sandbox = start(both.getFirst());
        URI jar = revised(both.getLast()).write();
        for (String name : List.of("platform", "platform:" + both.getLast())) {
            Part wrong = new Part(Optional.of(name), jar);
            SwapException refused =
                    assertThrows(
                            SwapException.class,
                            () ->
                                    swaps.swap(
                                            new Request(
                                                    List.of(sandbox),
                                                    List.of(wrong),
                                                    LIMIT,
                                                    PROBATION)));
            assertTrue(refused.getMessage(), refused.getMessage().contains(both.getFirst()));
            assertEquals(Outcome.REFUSED, swaps.history(sandbox).getLast().outcome());
        }
        finishWork(sandbox);
    }

    @Test
    public void aBatchWithAPlatformThatFails_changesNothing() throws Exception {
        for (String platform : platforms()) {
            Sandbox sandbox = start(platform);
            URI broken = revised(platform).throwingIn(SESSIONS.get(platform), "newContext").write();
            SwapException failed =
                    assertThrows(
                            SwapException.class,
                            () ->
                                    swaps.swap(
                                            new Request(
                                                    List.of(sandbox),
                                                    List.of(
                                                            part(RevisedJar.of("vfs").write()),
                                                            part(broken)),
                                                    LIMIT,
                                                    PROBATION)));
            assertTrue(failed.getMessage(), failed.getMessage().contains("refuses a context"));
            assertEquals(2, swaps.history(sandbox).size());
            assertNotEquals("7.0.0", sandbox.leases().uses().get("vfs").revision().version());
            assertNotEquals("7.0.0", use(sandbox).version());
            finishWork(sandbox);
        }
    }

    @Test
    public void aPlatformThatFailsInItsProbation_isRolledBack() throws Exception {
        for (String platform : platforms()) {
            Sandbox sandbox = start(platform);
            Revision old = use(sandbox);
            swap(
                    sandbox,
                    PROBATION,
                    revised(platform).throwingIn(CONTEXTS.get(platform), "run").write());
            long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
            while (swaps.history(sandbox).size() < 2 && System.nanoTime() < deadlineNs) {
                LockSupport.parkNanos(5_000_000);
            }
            SwapRecord last = swaps.history(sandbox).getLast();
            assertEquals(last.toString(), Outcome.ROLLED_BACK, last.outcome());
            assertTrue(last.toString(), last.reason().orElse("").contains("broken by the test"));
            assertEquals(old, use(sandbox));
            finishWork(sandbox);
        }
    }

    @Test
    public void aMoveToAnotherPlatform_isUndoneByARollback() throws Exception {
        List<String> both = platforms();
        Assume.assumeTrue("skipped: there is one platform only", both.size() == 2);
        Sandbox sandbox = start(both.getFirst());
        SwapRecord moved = swaps.movePlatform(sandbox, both.getLast(), LIMIT);
        assertEquals("platform", moved.subsystem());
        assertEquals(both, List.of(moved.from(), moved.to()));
        assertEquals(both.getLast(), sandbox.platformName());
        swaps.rollback(sandbox);
        assertEquals(both.getFirst(), sandbox.platformName());
        assertThrows(SwapException.class, () -> swaps.rollback(sandbox));
        finishWork(sandbox);
        assertEquals(both, platforms());
    }

    private List<String> platforms() throws Exception {
        List<String> names = Programs.platforms(context).stream().distinct().sorted().toList();
        Assume.assumeFalse("skipped: no platform works here", names.isEmpty());
        return names;
    }

    private Sandbox start(String platform) throws Exception {
        Path output = Files.createTempFile("moat-it", ".log");
        outputs.add(output);
        Sandbox sandbox =
                manager.start(
                        Programs.specOn(
                                platform, new Stdio.LogFile(output), "/bin/sh", "-c", WORK));
        CountingWork.awaitBegin(output);
        return sandbox;
    }

    private static RevisedJar revised(String platform) throws IOException {
        return RevisedJar.of("platform." + platform);
    }

    private static Part part(URI jar) {
        return new Part(Optional.empty(), jar);
    }

    private List<SwapRecord> swap(Sandbox sandbox, Duration probation, URI jar) {
        return swaps.swap(new Request(List.of(sandbox), List.of(part(jar)), LIMIT, probation));
    }

    private static void update(BundleCommands commands, String bundle, String jar)
            throws Exception {
        try {
            commands.update(new String[] {bundle, jar});
        } catch (SwapException e) {
            // not at the safe point in the time of an update: a busy machine
            assertTrue(e.getMessage(), e.getMessage().contains("safe point"));
        }
    }

    private void assertRefused(Sandbox sandbox, RevisedJar broken) throws IOException {
        URI jar = broken.write();
        SwapException refused =
                assertThrows(SwapException.class, () -> swap(sandbox, PROBATION, jar));
        assertTrue(refused.getMessage(), refused.getMessage().contains("broken by the test"));
        assertEquals(1, refused.getMessage().lines().count());
        SwapRecord entry = swaps.history(sandbox).getLast();
        assertEquals(Outcome.REFUSED, entry.outcome());
        assertEquals(Optional.of(refused.getMessage()), entry.reason());
    }

    private static Revision use(Sandbox sandbox) {
        return sandbox.leases().uses().get("platform:" + sandbox.platformName()).revision();
    }

    private static void finishWork(Sandbox sandbox) throws Exception {
        CountingWork.finish(sandbox, ((Stdio.LogFile) sandbox.spec().stdio()).file());
    }

    private static void awaitCollected(WeakReference<ClassLoader> loader) {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (loader.get() != null && System.nanoTime() < deadlineNs) {
            System.gc();
        }
        assertNull("the old revision's classes are still in use", loader.get());
    }
}

package dev.moat.itests.kernel;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertFalse;
import static org.junit.Assert.assertNotEquals;
import static org.junit.Assert.assertNull;
import static org.junit.Assert.assertThrows;
import static org.junit.Assert.assertTrue;

import dev.moat.api.platform.Platform;
import dev.moat.api.sandbox.ExitStatus;
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
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.LockSupport;
import javax.inject.Inject;
import org.junit.After;
import org.junit.Assume;
import org.junit.Before;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerMethod;
import org.osgi.framework.Bundle;
import org.osgi.framework.BundleContext;
import org.osgi.framework.BundleException;

/** Bundles change under a running shell, or do not: it never notices. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerMethod.class)
public class SwapIT {
    /** A busy machine may need longer than an operator would like. */
    private static final Duration LIMIT = Duration.ofSeconds(5);

    private static final Duration PROBATION = Duration.ofSeconds(30);
    private static final String DISPATCHER = "dev.moat.syscall.SandboxDispatcher";

    @Inject SandboxManager manager;

    @Inject SwapService swaps;

    @Inject Revisions revisions;

    @Inject Platform platform;

    @Inject BundleContext context;

    private Path output;
    private Sandbox sandbox;

    @Configuration
    public Option[] assembly() throws IOException {
        return Assembly.options();
    }

    @Before
    public void startWork() throws Exception {
        Platform.Availability answer = platform.availability();
        Assume.assumeTrue("skipped: " + answer.reason(), answer.available());
        output = Files.createTempFile("moat-it", ".log");
        sandbox =
                manager.start(
                        Programs.spec(
                                new Stdio.LogFile(output),
                                Long.MAX_VALUE,
                                "/bin/sh",
                                "-c",
                                CountingWork.SCRIPT));
        CountingWork.awaitBegin(output);
    }

    @After
    public void end() throws IOException {
        manager.sandboxes().forEach(Sandbox::kill);
        Files.deleteIfExists(output);
    }

    @Test
    public void aNewRevisionTakesOver_andTheOldOneIsCollected() throws Exception {
        Revision old = use("vfs");
        var oldClasses = new WeakReference<>(revisions.classLoader(old));
        var oldBundle = new WeakReference<>(context.getBundle(old.id()));
        List<SwapRecord> records = swap(Duration.ofMillis(1), RevisedJar.of("vfs").write(), "vfs");
        assertEquals(1, records.size());
        SwapRecord done = records.getFirst();
        assertEquals(Outcome.DONE, done.outcome());
        assertEquals(old.toString(), done.from());
        assertEquals("dev.moat.vfs 7.0.0", done.to());
        assertTrue(done.toString(), done.pauseNs() > 0 && done.carriedObjects() > 100);
        assertEquals("7.0.0", use("vfs").version());
        assertEquals(records, swaps.history(sandbox));
        finishWork();
        awaitCollected(oldClasses);
        awaitCollected(oldBundle);
        assertFalse(revisions.installed().contains(old));
    }

    @Test
    public void aBatchIsOneStep_andCanBeUndone() throws Exception {
        List<SwapRecord> records =
                swaps.swap(
                        new Request(
                                List.of(sandbox),
                                List.of(
                                        new Part(Optional.empty(), RevisedJar.of("vfs").write()),
                                        new Part(
                                                Optional.empty(),
                                                RevisedJar.of("fs.tmpfs").write())),
                                LIMIT,
                                PROBATION));
        assertEquals(2, records.size());
        assertEquals("7.0.0", use("vfs").version());
        assertEquals("7.0.0", use("fs:tmpfs").version());
        swaps.rollback(sandbox);
        assertNotEquals("7.0.0", use("vfs").version());
        assertNotEquals("7.0.0", use("fs:tmpfs").version());
        finishWork();
    }

    @Test
    public void newSandboxesGetTheNewRevision_runningOnesKeepTheirs() throws Exception {
        swaps.swap(
                new Request(
                        List.of(),
                        List.of(new Part(Optional.empty(), RevisedJar.of("vfs").write())),
                        LIMIT,
                        PROBATION));
        assertNotEquals("7.0.0", use("vfs").version());
        Path other = Files.createTempFile("moat-it", ".log");
        Sandbox fresh =
                manager.start(
                        Programs.spec(
                                new Stdio.LogFile(other),
                                Long.MAX_VALUE,
                                "/bin/sh",
                                "-c",
                                CountingWork.SCRIPT));
        assertEquals("7.0.0", fresh.leases().uses().get("vfs").revision().version());
        assertEquals(List.of(fresh.name()), revisions.holders(revision(fresh, "vfs")));
        CountingWork.finish(fresh, other);
        Files.delete(other);
        finishWork();
    }

    @Test
    public void whatIsNoBundleOrDoesNotFit_isRefusedInOneLine() throws Exception {
        Path text = Files.createTempFile("moat-it", ".jar");
        Files.writeString(text, "no jar");
        assertRefused("no such file: ", URI.create("file:/no/such/file.jar"), "vfs");
        assertRefused("is no bundle: not a jar file", text.toUri(), "vfs");
        assertRefused(
                "has no Bundle-SymbolicName",
                RevisedJar.of("vfs").withoutHeader("Bundle-SymbolicName").write(),
                "vfs");
        assertRefused(
                "is no kernel bundle",
                RevisedJar.of("vfs").withoutHeader("Provide-Capability").write(),
                "vfs");
        assertRefused(
                "it needs package dev.moat.api.vfs 2.0.0 up to 3.0.0, this kernel has 1.",
                RevisedJar.of("vfs")
                        .header(
                                "Import-Package",
                                header ->
                                        header.replaceFirst(
                                                "dev\\.moat\\.api\\.vfs;version=\"[^\"]*\"",
                                                "dev.moat.api.vfs;version=\"[2,3)\""))
                        .write(),
                "vfs");
        assertRefused(
                "it needs package org.example.absent, which this kernel does not have",
                RevisedJar.of("vfs")
                        .header("Import-Package", header -> header + ",org.example.absent")
                        .write(),
                "vfs");
        assertRefused("serves vfs, not mm", RevisedJar.of("vfs").write(), "mm");
        assertRefused("has no subsystem 'vsf'", RevisedJar.of("vfs").write(), "vsf");
        assertRefused("host cannot be swapped", RevisedJar.of("host").write(), "host");
        assertTrue(
                swaps.history(sandbox).stream()
                        .allMatch(entry ->
                                entry.outcome() == Outcome.REFUSED && entry.reason().isPresent()));
        assertEquals(9, swaps.history(sandbox).size());
        assertNoTraces();
        finishWork();
        Files.delete(text);
    }

    @Test
    public void aRevisionThatCannotReadTheState_isRefused() throws Exception {
        URI jar = RevisedJar.of("syscall").withoutClass("dev.moat.syscall.CallCounters").write();
        assertRefused("CallCounters", jar, "syscall");
        assertNoTraces();
        finishWork();
    }

    @Test
    public void aRevisionThatThrowsInRestore_isTakenBack() throws Exception {
        URI jar = RevisedJar.of("syscall").throwingIn(DISPATCHER, "restored").write();
        assertFails("broken by the test", jar);
    }

    @Test
    public void aRevisionThatHangsInRestore_isTakenBack() throws Exception {
        URI jar = RevisedJar.of("syscall").hangingIn(DISPATCHER, "restored").write();
        assertFails("took longer than", jar);
    }

    @Test
    public void aRevisionThatCrashesInItsProbation_isRolledBack() throws Exception {
        URI jar = RevisedJar.of("vfs").throwingIn("dev.moat.vfs.calls.OpenCalls", "openat").write();
        swap(PROBATION, jar, "vfs");
        assertRolledBack(sandbox, "dev.moat.vfs 7.0.0");
        finishWork();
    }

    @Test
    public void aTimerThatFailsInTheProbation_isRolledBack_andExpires() throws Exception {
        String command =
                "i=0; while [ $i -lt 20 ]; do i=$((i+1)); timeout 0.2 sleep 500; echo $?; done";
        Path log = Files.createTempFile("moat-it", ".log");
        Sandbox timed =
                manager.start(
                        Programs.spec(
                                new Stdio.LogFile(log), Long.MAX_VALUE, "/bin/sh", "-c", command));
        awaitOutput(log);
        URI jar =
                RevisedJar.of("task")
                        .throwingIn("dev.moat.task.process.IntervalTimer", "expired")
                        .write();
        swaps.swap(
                new Request(
                        List.of(timed),
                        List.of(new Part(Optional.of("task"), jar)),
                        LIMIT,
                        PROBATION));
        assertRolledBack(timed, "dev.moat.task 7.0.0");
        assertEquals(ExitStatus.exited(0), timed.exited().get(300, TimeUnit.SECONDS));
        assertEquals("124\n".repeat(20), Files.readString(log));
        Files.delete(log);
        finishWork();
    }

    @Test
    public void aKernelThreadThatEndsInTheProbation_isRolledBack() throws Exception {
        URI jar =
                RevisedJar.of("loader")
                        .throwingIn("dev.moat.loader.vdso.ClockKeeper", "serve")
                        .write();
        swap(PROBATION, jar, "loader");
        assertRolledBack(sandbox, "dev.moat.loader 7.0.0");
        assertNotEquals("7.0.0", use("loader").version());
        finishWork();
    }

    @Test
    public void namesOfEndedProcesses_areNotCarried() throws Exception {
        String command =
                "i=0; while [ $i -lt 200 ]; do i=$((i+1)); cat /proc/self/status /proc/self/limits;"
                        + " done >/dev/null; echo done; sleep 500";
        Path log = Files.createTempFile("moat-it", ".log");
        Sandbox reader =
                manager.start(
                        Programs.spec(
                                new Stdio.LogFile(log), Long.MAX_VALUE, "/bin/sh", "-c", command));
        awaitOutput(log);
        System.gc();
        List<SwapRecord> records =
                swaps.swap(
                        new Request(
                                List.of(reader),
                                List.of(
                                        new Part(
                                                Optional.empty(),
                                                RevisedJar.of("fs.proc").write())),
                                LIMIT,
                                Duration.ZERO));
        long carried = records.getFirst().carriedObjects();
        assertTrue("carried " + carried, carried < 300);
        reader.kill();
        Files.delete(log);
        finishWork();
    }

    private void assertRolledBack(Sandbox swapped, String from) {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (swaps.history(swapped).size() < 2 && System.nanoTime() < deadlineNs) {
            LockSupport.parkNanos(5_000_000);
        }
        List<SwapRecord> history = swaps.history(swapped);
        assertEquals(history.toString(), 2, history.size());
        SwapRecord last = history.getLast();
        assertEquals(Outcome.ROLLED_BACK, last.outcome());
        assertTrue(last.toString(), last.reason().orElse("").contains("broken by the test"));
        assertEquals(from, last.from());
    }

    @Test
    public void aBundleInUse_isNotStoppedUnderItsSandboxes() throws Exception {
        BundleCommands commands =
                context.getService(context.getServiceReference(BundleCommands.class));
        SwapException refused =
                assertThrows(
                        SwapException.class, () -> commands.stop(new String[] {"dev.moat.vfs"}));
        assertTrue(
                refused.getMessage(),
                refused.getMessage()
                        .endsWith(" is in use by " + sandbox.name() + "; --force ends them"));
        assertThrows(SwapException.class, () -> commands.uninstall(new String[] {"dev.moat.vfs"}));
        assertEquals(Bundle.ACTIVE, context.getBundle(use("vfs").id()).getState());
        commands.stop(new String[] {"--force", "dev.moat.fs.sys"});
        assertTrue(sandbox.exited().isDone());
        assertThrows(IllegalArgumentException.class, () -> commands.stop(new String[] {"nobody"}));
    }

    @Test
    public void aPlainStop_waitsForTheSandboxes() throws Exception {
        Bundle bundle = context.getBundle(use("fs:sysfs").id());
        CompletableFuture<Boolean> ended =
                CompletableFuture.supplyAsync(() -> {
                    try {
                        bundle.stop();
                        return sandbox.exited().isDone()
                                || revisions.holders(revision(bundle)).isEmpty();
                    } catch (BundleException e) {
                        throw new IllegalStateException(e);
                    }
                });
        assertThrows(TimeoutException.class, () -> ended.get(500, TimeUnit.MILLISECONDS));
        sandbox.kill();
        assertTrue(ended.get(60, TimeUnit.SECONDS));
    }

    @Test
    public void anUpdateAndAFileInTheLoadDirectory_areSwaps() throws Exception {
        BundleCommands commands =
                context.getService(context.getServiceReference(BundleCommands.class));
        String jar = RevisedJar.of("fs.sys").write().toString();
        eventually(() -> {
            commands.update(new String[] {"dev.moat.fs.sys", jar});
            return true;
        });
        assertEquals("7.0.0", use("fs:sysfs").version());
        Path dropped = Assembly.LOAD.resolve("tmpfs.jar");
        Path revised = Path.of(RevisedJar.of("fs.tmpfs").write());
        try {
            eventually(() -> {
                Files.copy(revised, dropped, StandardCopyOption.REPLACE_EXISTING);
                TimeUnit.SECONDS.sleep(2);
                return use("fs:tmpfs").version().equals("7.0.0");
            });
            finishWork();
        } finally {
            Files.delete(dropped);
        }
    }

    /** On a busy machine tasks may not come to the safe point in the time that operators want. */
    private static void eventually(Callable<Boolean> attempt) throws Exception {
        SwapException last = new SwapException("never done");
        for (int i = 0; i < 20; i++) {
            try {
                if (attempt.call()) {
                    return;
                }
            } catch (SwapException e) {
                last = e;
            }
        }
        throw last;
    }

    private Revision revision(Bundle bundle) {
        return revisions.installed().stream()
                .filter(one -> one.id() == bundle.getBundleId())
                .findFirst()
                .orElseThrow();
    }

    private void assertFails(String reason, URI jar) throws Exception {
        SwapException refused =
                assertThrows(SwapException.class, () -> swap(PROBATION, jar, "syscall"));
        assertTrue(refused.getMessage(), refused.getMessage().contains(reason));
        SwapRecord entry = swaps.history(sandbox).getLast();
        assertEquals(Outcome.FAILED, entry.outcome());
        assertEquals(Optional.of(refused.getMessage()), entry.reason());
        assertNoTraces();
        finishWork();
    }

    private void assertRefused(String reason, URI jar, String subsystem) {
        SwapException refused =
                assertThrows(SwapException.class, () -> swap(PROBATION, jar, subsystem));
        assertTrue(refused.getMessage(), refused.getMessage().contains(reason));
        assertEquals(1, refused.getMessage().lines().count());
        SwapRecord entry = swaps.history(sandbox).getLast();
        assertEquals(Outcome.REFUSED, entry.outcome());
        assertEquals(Optional.of(refused.getMessage()), entry.reason());
    }

    /** Nothing of a revision that did not make it stays installed, and nobody uses it. */
    private void assertNoTraces() {
        assertTrue(
                revisions.installed().toString(),
                revisions.installed().stream()
                        .noneMatch(revision -> revision.version().equals("7.0.0")));
        assertTrue(
                sandbox.leases().uses().values().stream()
                        .noneMatch(use -> use.revision().version().equals("7.0.0")));
    }

    private List<SwapRecord> swap(Duration probation, URI jar, String subsystem) {
        return swaps.swap(
                new Request(
                        List.of(sandbox),
                        List.of(new Part(Optional.of(subsystem), jar)),
                        LIMIT,
                        probation));
    }

    private Revision use(String subsystem) {
        return revision(sandbox, subsystem);
    }

    private static Revision revision(Sandbox of, String subsystem) {
        return of.leases().uses().get(subsystem).revision();
    }

    private void finishWork() throws Exception {
        CountingWork.finish(sandbox, output);
    }

    private static void awaitOutput(Path log) throws Exception {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (Files.size(log) == 0 && System.nanoTime() < deadlineNs) {
            LockSupport.parkNanos(5_000_000);
        }
    }

    private static void awaitCollected(WeakReference<?> old) {
        long deadlineNs = System.nanoTime() + TimeUnit.SECONDS.toNanos(60);
        while (old.get() != null && System.nanoTime() < deadlineNs) {
            System.gc();
        }
        assertNull("something of the old revision is still in use", old.get());
    }
}

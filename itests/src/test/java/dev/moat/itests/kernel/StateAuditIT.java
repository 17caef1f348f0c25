package dev.moat.itests.kernel;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import dev.moat.api.platform.Platform;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.SandboxManager;
import dev.moat.api.sandbox.Stdio;
import dev.moat.api.swap.Revisions;
import dev.moat.api.swap.SafePoint;
import dev.moat.api.swap.Stateful;
import dev.moat.swap.checkpoint.CheckpointAudit;
import dev.moat.swap.engine.StateAudit;
import dev.moat.swap.engine.StateAudit.Finding;
import dev.moat.swap.engine.StateAudit.Severity;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Timer;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
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
import org.osgi.framework.BundleContext;
import org.osgi.framework.InvalidSyntaxException;

/** Every class that holds the state of a sandbox is ready to be carried over. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class StateAuditIT {
    @Inject SandboxManager manager;

    @Inject Platform platform;

    @Inject Revisions revisions;

    @Inject BundleContext context;

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
    public void nothingInABusySandboxKeepsABundleFromBeingSwapped() throws Exception {
        try (Everything everything = Everything.start(manager, 1)) {
            List<Finding> findings = audit(everything.sandbox());
            assertEquals("", text(findings, Severity.SWAP));
            assertTrue(
                    "the walk has seen the host descriptors",
                    text(findings, Severity.CHECKPOINT).contains("HostFilesystem.rootFd"));
        }
    }

    /** What comes back from a file is more than what a swap can carry. */
    @Test
    public void nothingInABusySandboxKeepsItFromBeingWritten() throws Exception {
        try (Everything everything = Everything.start(manager, 1)) {
            assertEquals("", String.join("\n", checkpointAudit(everything.sandbox())));
        }
    }

    @Test
    public void canaryThatASwapCarries_andACheckpointDoesNot_isFound() throws Exception {
        Path output = Files.createTempFile("moat-it", ".log");
        Sandbox sandbox =
                manager.start(
                        Programs.spec(
                                new Stdio.LogFile(output),
                                Long.MAX_VALUE,
                                "/bin/sh",
                                "-c",
                                "read line </dev/zero"));
        try {
            assertEquals("", String.join("\n", checkpointAudit(sandbox)));
            sandbox.part("test.canary", OfNoKernelBundle::new);
            assertEquals("", text(audit(sandbox), Severity.SWAP));
            String found = String.join("\n", checkpointAudit(sandbox));
            assertTrue(found, found.contains(OfNoKernelBundle.class.getName()));
            assertTrue(found, found.contains("KernelSandbox.parts"));
        } finally {
            sandbox.kill();
            Files.delete(output);
        }
    }

    private List<String> checkpointAudit(Sandbox sandbox) {
        SafePoint safePoint = sandbox.safePoint();
        boolean entered = safePoint.enter(TimeUnit.SECONDS.toNanos(20));
        assertTrue(safePoint.missing().toString(), entered);
        try {
            return CheckpointAudit.of(sandbox, revisions);
        } finally {
            safePoint.leave();
        }
    }

    /** An audit that cannot fail proves nothing. */
    @Test
    public void canary_isFound() throws Exception {
        Path output = Files.createTempFile("moat-it", ".log");
        Sandbox sandbox =
                manager.start(
                        Programs.spec(
                                new Stdio.LogFile(output),
                                Long.MAX_VALUE,
                                "/bin/sh",
                                "-c",
                                "read line </dev/zero"));
        try {
            assertEquals("", text(audit(sandbox), Severity.SWAP));
            sandbox.part("test.canary", Careless::new);
            String found = text(audit(sandbox), Severity.SWAP);
            assertTrue(found, found.contains(Careless.class.getName() + " is not @Stateful"));
            assertTrue(found, found.contains("a lambda of " + Careless.class.getName()));
            assertTrue(found, found.contains("nobody knows how to carry a java.util.Timer"));
            assertTrue(found, found.contains("KernelSandbox.parts"));
        } finally {
            sandbox.kill();
            Files.delete(output);
        }
    }

    /** A swap leaves it where it is; no other kernel host has its class. */
    @Stateful
    private static final class OfNoKernelBundle implements AutoCloseable {
        @Override
        public void close() {
            // nothing is held
        }
    }

    /** State as it must not be. */
    private static final class Careless implements AutoCloseable {
        private final Timer timer = new Timer(true);
        private final Runnable work = () -> timer.purge();

        @Override
        public void close() {
            timer.cancel();
            work.run();
        }
    }

    private List<Finding> audit(Sandbox sandbox) throws InvalidSyntaxException {
        SafePoint safePoint = sandbox.safePoint();
        boolean entered = safePoint.enter(TimeUnit.SECONDS.toNanos(20));
        assertTrue(safePoint.missing().toString(), entered);
        try {
            return StateAudit.of(sandbox, new Services(context).all());
        } finally {
            safePoint.leave();
        }
    }

    private static String text(List<Finding> findings, Severity severity) {
        return findings.stream()
                .filter(finding -> finding.severity() == severity)
                .map(Finding::toString)
                .collect(Collectors.joining("\n"));
    }
}

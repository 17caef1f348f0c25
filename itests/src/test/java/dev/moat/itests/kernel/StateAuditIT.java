package dev.moat.itests.kernel;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import dev.moat.api.platform.Platform;
import dev.moat.api.sandbox.SandboxManager;
import dev.moat.api.swap.SafePoint;
import dev.moat.swap.engine.StateAudit;
import dev.moat.swap.engine.StateAudit.Finding;
import dev.moat.swap.engine.StateAudit.Severity;
import java.io.IOException;
import java.util.List;
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

/** Every class that holds the state of a sandbox is ready to be carried over. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class StateAuditIT {
    @Inject SandboxManager manager;

    @Inject Platform platform;

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
            SafePoint safePoint = everything.sandbox().safePoint();
            assertTrue(
                    safePoint.missing().toString(), safePoint.enter(TimeUnit.SECONDS.toNanos(10)));
            try {
                List<Finding> findings =
                        StateAudit.of(everything.sandbox(), new Services(context).all());
                System.err.println(text(findings, Severity.CHECKPOINT));
                assertEquals("", text(findings, Severity.SWAP));
            } finally {
                safePoint.leave();
            }
        }
    }

    private static String text(List<Finding> findings, Severity severity) {
        return findings.stream()
                .filter(finding -> finding.severity() == severity)
                .map(Finding::toString)
                .collect(Collectors.joining("\n"));
    }
}

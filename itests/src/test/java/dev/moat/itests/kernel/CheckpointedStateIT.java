package dev.moat.itests.kernel;

import static org.junit.Assert.assertEquals;

import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.sandbox.SandboxManager;
import dev.moat.api.swap.CheckpointService;
import dev.moat.api.swap.CheckpointService.Afterwards;
import dev.moat.api.swap.CheckpointService.Progress;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import javax.inject.Inject;
import org.junit.Assume;
import org.junit.Test;
import org.junit.runner.RunWith;
import org.ops4j.pax.exam.Configuration;
import org.ops4j.pax.exam.Option;
import org.ops4j.pax.exam.junit.PaxExam;
import org.ops4j.pax.exam.spi.reactors.ExamReactorStrategy;
import org.ops4j.pax.exam.spi.reactors.PerClass;
import org.osgi.framework.BundleContext;

/** One of everything, open in a sandbox, goes through a file and works on, on each platform. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class CheckpointedStateIT {
    @Inject SandboxManager manager;

    @Inject CheckpointService checkpoints;

    @Inject BundleContext context;

    @Configuration
    public Option[] assembly() throws IOException {
        return Assembly.options();
    }

    @Test
    public void everythingWorksOn_afterItWasRestored_onceAndAgain() throws Exception {
        List<String> platforms = Programs.platforms(context).stream().distinct().sorted().toList();
        Assume.assumeFalse("skipped: no platform works here", platforms.isEmpty());
        Path file = Files.createTempDirectory("moat-it").resolve("everything.ckpt");
        Everything everything = Everything.start(manager, platforms.size() + 1);
        try {
            assertEquals("[]", everything.check());
            for (String platform : platforms) {
                checkpoints.checkpoint(
                        everything.sandbox(),
                        file,
                        new CheckpointService.Request(
                                Afterwards.END, CheckpointService.SAFE_POINT_LIMIT),
                        Progress.NONE);
                everything.sandbox().exited().get(120, TimeUnit.SECONDS);
                everything = everything.restored(checkpoints, file, Optional.of(platform));
                assertEquals(platform, everything.sandbox().platformName());
                assertEquals("on " + platform, "[]", everything.check());
                Files.delete(file);
            }
            assertEquals(everything.output(), ExitStatus.exited(0), everything.ended());
        } finally {
            everything.close();
            Files.deleteIfExists(file);
            Files.delete(file.getParent());
        }
    }
}

package dev.moat.itests.kernel;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.sandbox.ProcessSpec;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.SandboxManager;
import dev.moat.api.sandbox.SandboxSpec;
import dev.moat.api.sandbox.Stdio;
import dev.moat.api.sandbox.Volume;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
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
import org.ops4j.pax.exam.spi.reactors.PerClass;

/** A directory that host and guest change in turns. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class HostVolumeIT {
    private static final long LIMIT_SECONDS = 240;

    @Inject SandboxManager manager;

    private Path shared;
    private Path log;

    @Configuration
    public Option[] assembly() throws IOException {
        return Assembly.options();
    }

    @Before
    public void makeDirectory() throws IOException {
        shared = Files.createTempDirectory("moat-it-volume");
        log = Files.createTempFile("moat-it", ".log");
    }

    @After
    public void removeDirectory() throws IOException {
        try (Stream<Path> files = Files.walk(shared)) {
            for (Path file : files.sorted(Comparator.reverseOrder()).toList()) {
                Files.delete(file);
            }
        }
        Files.delete(log);
    }

    @Test
    public void aHostFileWithTheNumberOfARemovedOneIsSeen() throws Exception {
        Sandbox sandbox =
                start(
                        """
                        cd /mnt
                        # looked for in vain once, as it is not there yet
                        [ ! -e new ] || exit 3
                        echo old >a; stat -c %i a >number.part; cat a >/dev/null; rm a
                        mv number.part number
                        for i in $(seq 300); do
                            [ -e new ] && exec cat new
                            sleep 0.1
                        done
                        exit 4
                        """);
        try {
            Path number = shared.resolve("number");
            while (!Files.exists(number)) {
                assertTrue(Files.readString(log), !sandbox.exited().isDone());
                TimeUnit.MILLISECONDS.sleep(20);
            }
            makeFileWithNumber(Long.parseLong(Files.readString(number).strip()));
            assertEquals(
                    ExitStatus.exited(0), sandbox.exited().get(LIMIT_SECONDS, TimeUnit.SECONDS));
            assertEquals("by the host\n", Files.readString(log));
        } finally {
            sandbox.kill();
        }
    }

    @Test
    public void aFileIsUsableByTheNameThatIsLeft() throws Exception {
        Sandbox sandbox =
                start(
                        """
                        set -e
                        cd /mnt
                        echo text >a; ln a b
                        stat b >/dev/null; rm b; chmod 600 a; stat -c '%a %h' a; cat a
                        ln a b; ln b c; cat c >/dev/null; mv c d; rm d
                        chmod 640 b; stat -c '%a %h' a b
                        """);
        try {
            assertEquals(
                    ExitStatus.exited(0), sandbox.exited().get(LIMIT_SECONDS, TimeUnit.SECONDS));
            assertEquals("600 1\ntext\n640 2\n640 2\n", Files.readString(log));
        } finally {
            sandbox.kill();
        }
    }

    /** What goes to the host and comes from it is told; what stays in memory is not. */
    @Test
    public void transfersOfHostFilesAreCounted() throws Exception {
        Sandbox sandbox =
                start(
                        """
                        set -e
                        cd /mnt
                        head -c 200000 /dev/zero >/tmp/memory
                        before=$(sed -n 's/^write_bytes: //p' /proc/$$/io)
                        head -c 300000 /tmp/memory >a; head -c 100000 /dev/zero >>a
                        echo $(($(sed -n 's/^write_bytes: //p' /proc/$$/io) - before))
                        before=$(sed -n 's/^read_bytes: //p' /proc/$$/io)
                        cat a a >/dev/null
                        [ $(($(sed -n 's/^read_bytes: //p' /proc/$$/io) - before)) -ge 600000 ]
                        """);
        try {
            assertEquals(
                    ExitStatus.exited(0), sandbox.exited().get(LIMIT_SECONDS, TimeUnit.SECONDS));
            assertEquals("300000\n", Files.readString(log));
        } finally {
            sandbox.kill();
        }
    }

    private void makeFileWithNumber(long wanted) throws IOException {
        for (int i = 0; i < 1000; i++) {
            Path file = Files.writeString(shared.resolve("try" + i), "by the host\n");
            if ((long) Files.getAttribute(file, "unix:ino") == wanted) {
                Files.move(file, shared.resolve("new"));
                return;
            }
        }
        Assume.assumeTrue("skipped: this file system does not use numbers again", false);
    }

    private Sandbox start(String script) throws IOException {
        return manager.start(
                new SandboxSpec(
                        Optional.empty(),
                        Optional.empty(),
                        Optional.empty(),
                        Long.MAX_VALUE,
                        "moat",
                        List.of(new Volume(shared, "/mnt", false)),
                        new ProcessSpec(
                                List.of("/bin/bash", "-c", script),
                                List.of("PATH=/usr/bin:/bin", "HOME=/root", "LC_ALL=C"),
                                "/",
                                ProcessSpec.User.ROOT),
                        new Stdio.LogFile(log),
                        Optional.empty()));
    }
}

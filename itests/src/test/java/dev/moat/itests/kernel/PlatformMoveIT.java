package dev.moat.itests.kernel;

import static org.junit.Assert.assertEquals;
import static org.junit.Assert.assertTrue;

import dev.moat.api.platform.Platform;
import dev.moat.api.platform.PlatformSession;
import dev.moat.api.sandbox.ExitStatus;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.SandboxManager;
import dev.moat.itests.kernel.Programs.Outcome;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
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

/** Running programs are moved from one platform to another, and do not notice. */
@RunWith(PaxExam.class)
@ExamReactorStrategy(PerClass.class)
public class PlatformMoveIT {
    private static final long LIMIT_SECONDS = 600;

    /**
     * What depends on registers, floating-point state, mappings and waits. Not restart, which
     * counts ticks of 40 ms: a move on a busy machine may take longer.
     */
    private static final Set<String> PROGRAMS =
            Set.of(
                    "clone",
                    "cow",
                    "exec",
                    "fpstate",
                    "freeze",
                    "futex",
                    "futexpi",
                    "hotcalls",
                    "mmap",
                    "mprotect",
                    "mremap",
                    "pipe",
                    "sigaction",
                    "stress",
                    "threads",
                    "timers",
                    "traps",
                    "wait");

    /** A move within a platform takes the same way; what each kind of state needs is in these. */
    private static final Set<String> SOME =
            Set.of("clone", "exec", "fpstate", "futex", "mmap", "sigaction", "threads", "traps");

    @Inject SandboxManager manager;

    @Inject
    @Filter("(moat.platform=ptrace)")
    Platform ptrace;

    @Inject
    @Filter("(moat.platform=trap)")
    Platform trap;

    @Before
    public void needPlatform() {
        Platform.Availability answer = ptrace.availability();
        Assume.assumeTrue("skipped: " + answer.reason(), answer.available());
    }

    @Configuration
    public Option[] assembly() throws IOException {
        return Assembly.options();
    }

    @Test
    public void programsGoOnInAnotherSessionOfTheSamePlatform() throws Exception {
        run(SOME, List.of(ptrace));
    }

    @Test
    public void programsGoOnOnAnotherPlatform() throws Exception {
        Platform.Availability answer = trap.availability();
        Assume.assumeTrue("skipped: " + answer.reason(), answer.available());
        // the hard way: with calls under way in shared memory
        run(PROGRAMS, List.of(trap.with(Map.of("spin", "always")), ptrace));
    }

    @Test
    public void aShellPipelineGivesTheSameSum() throws Exception {
        String script =
                "for i in 1 2 3 4 5 6 7 8; do seq 1 20000 | sort -rn | sed s/1/x/ | cat | cksum; done";
        Outcome still = new Programs(manager).run("/bin/sh", "-c", script);
        try (Mover mover = new Mover(List.of(ptrace))) {
            // again if a slow machine left no time for moves
            for (int run = 0; run == 0 || (mover.moved < 2 && run < 5); run++) {
                Outcome moved =
                        new Programs(manager)
                                .runFrozen(LIMIT_SECONDS, mover, "/bin/sh", "-c", script);
                assertEquals("", moved.trouble());
                assertEquals(ExitStatus.exited(0), moved.status());
                assertEquals(still.output(), moved.output());
            }
            assertTrue("only " + mover.moved + " times", mover.moved > 1);
        }
    }

    private void run(Set<String> programs, List<Platform> platforms) throws Exception {
        List<String> failures = new ArrayList<>();
        int moved = 0;
        for (String[] binary : BehaviourProgramsIT.compile()) {
            if (!programs.contains(binary[0]) || binary[1].equals("dynamic")) {
                continue;
            }
            try (Mover mover = new Mover(platforms)) {
                Outcome outcome = new Programs(manager).runFrozen(LIMIT_SECONDS, mover, binary[2]);
                moved += mover.moved;
                if (outcome.status().shellCode() != 0 || !outcome.trouble().isEmpty()) {
                    failures.add(
                            binary[0]
                                    + ": "
                                    + outcome.status()
                                    + " "
                                    + outcome.trouble()
                                    + "\n"
                                    + outcome.output());
                }
            }
        }
        assertEquals("", String.join("\n", failures));
        assertTrue("only " + moved + " times", moved > 5 * programs.size());
    }

    /** Moves a sandbox to the next platform, and leaves it time to run between two moves. */
    private static final class Mover implements Consumer<Sandbox>, AutoCloseable {
        /** A program runs that many times as long as moving it took. */
        private static final int RUNNING = 5;

        private final List<Platform> platforms;
        private final List<PlatformSession> former = new ArrayList<>();
        private long nextNs = System.nanoTime();
        private int moved;

        Mover(List<Platform> platforms) {
            this.platforms = platforms;
        }

        @Override
        public void accept(Sandbox sandbox) {
            close();
            long beganNs = System.nanoTime();
            if (beganNs < nextNs || sandbox.tasks().taskCount() == 0) {
                return;
            }
            Platform next = platforms.get(moved % platforms.size());
            PlatformSession target = next.open(sandbox.memory().file().hostFd());
            boolean done = false;
            try {
                former.add(sandbox.movePlatform(next.name(), target));
                assertEquals(next.name(), sandbox.platformName());
                done = true;
            } finally {
                if (!done) {
                    target.close();
                }
            }
            moved++;
            long endedNs = System.nanoTime();
            nextNs = endedNs + RUNNING * (endedNs - beganNs);
        }

        @Override
        public void close() {
            former.forEach(PlatformSession::close);
            former.clear();
        }
    }
}

package dev.moat.launcher;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;

import dev.moat.cli.Kernel;
import dev.moat.cli.KernelException;
import dev.moat.cli.KernelUse;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.Test;

class EarlyStartTest {
    private final List<KernelUse> starts = new CopyOnWriteArrayList<>();
    private final Kernel kernel = new NoKernel();

    private Kernel start(KernelUse use) {
        starts.add(use);
        return kernel;
    }

    @Test
    void run_usesTheKernelThatWasStartedEarly() {
        var early = EarlyStart.of(this::start, new String[] {"run", "/bin/true"});
        assertSame(kernel, early.start(KernelUse.COMMAND));
        assertEquals(List.of(KernelUse.COMMAND), starts);
    }

    @Test
    void help_startsNothing() {
        EarlyStart.of(this::start, new String[] {"help", "run"});
        EarlyStart.of(this::start, new String[] {});
        assertEquals(List.of(), starts);
    }

    @Test
    void shell_startsItsOwnKind() {
        var early = EarlyStart.of(this::start, new String[] {"shell"});
        early.start(KernelUse.SHELL);
        assertEquals(List.of(KernelUse.SHELL), starts);
    }

    @Test
    void failure_isToldToTheCommandThatWantsTheKernel() {
        var known = new KernelException("no space");
        var early =
                EarlyStart.of(
                        use -> {
                            throw known;
                        },
                        new String[] {"run"});
        assertSame(
                known, assertThrows(KernelException.class, () -> early.start(KernelUse.COMMAND)));
        var buggy =
                EarlyStart.of(
                        use -> {
                            throw new IllegalStateException("oops");
                        },
                        new String[] {"run"});
        assertThrows(KernelException.class, () -> buggy.start(KernelUse.COMMAND));
    }

    private static final class NoKernel implements Kernel {
        @Override
        public <T> T service(Class<T> type) {
            throw new KernelException("none");
        }

        @Override
        public <T> List<T> services(Class<T> type) {
            return new ArrayList<>();
        }

        @Override
        public void awaitStop() {}

        @Override
        public void close() {}
    }
}

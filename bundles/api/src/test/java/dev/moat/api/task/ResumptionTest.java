package dev.moat.api.task;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.time.Clock;
import dev.moat.api.vfs.FdTable;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import java.lang.reflect.Proxy;
import java.util.function.Function;
import org.junit.jupiter.api.Test;

final class ResumptionTest {
    private final Resumption resumption = new Resumption();
    private long nowNs = 1000;
    private FileDescription behindFd = new EmptyFile();
    private final Task task = task();

    @Test
    void deadline_isCountedFromTheFirstTry() {
        assertEquals(1500, resumption.deadlineAfter(task, 500));
        resumption.suspend(1500);
        nowNs = 1400;
        assertTrue(resumption.isResumed());
        assertEquals(1500, resumption.deadlineAfter(task, 500));
        // A second wait of the same call has its own time.
        assertEquals(1900, resumption.deadlineAfter(task, 500));
        resumption.clear();
        assertFalse(resumption.isResumed());
        assertEquals(1900, resumption.deadlineAfter(task, 500));
    }

    @Test
    void waitForEver_hasNoDeadline_andTakesNone() {
        resumption.suspend(1500);
        assertEquals(Blocker.FOREVER, resumption.deadlineAfter(task, Blocker.FOREVER));
        assertEquals(1500, resumption.deadlineAfter(task, 7));
        assertEquals(Blocker.FOREVER, resumption.deadlineAfter(task, Blocker.FOREVER - 1));
    }

    @Test
    void progress_isTakenOnce() {
        resumption.setProgress(70);
        resumption.setCount(2);
        assertEquals(70, resumption.progress());
        assertEquals(70, resumption.takeProgress());
        assertEquals(0, resumption.takeProgress());
        assertEquals(2, resumption.count());
        resumption.clear();
        assertEquals(0, resumption.count());
    }

    @Test
    void keptObject_isTakenByItsOwnerOnly() {
        resumption.keep("waiter");
        assertNull(resumption.take(Integer.class));
        assertEquals("waiter", resumption.take(String.class));
        assertNull(resumption.take(String.class));
    }

    @Test
    void pinnedFile_staysTheSame_whenItsDescriptorGetsAnother() {
        FileDescription first = behindFd;
        assertSame(first, resumption.acquire(task, 3));
        first.release();
        resumption.pin(3, first);
        resumption.pin(3, first);
        first.release();
        behindFd = new EmptyFile();
        resumption.suspend(Blocker.FOREVER);
        assertSame(first, resumption.acquire(task, 3));
        assertSame(behindFd, resumption.acquire(task, 4));
        first.release();
        resumption.clear();
        assertFalse(first.tryRetain(), "the pin was the last reference");
        assertSame(behindFd, resumption.tryAcquire(task, 3));
    }

    private Task task() {
        Clock clock = fake(Clock.class, method -> nowNs);
        Sandbox sandbox = fake(Sandbox.class, method -> clock);
        FdTable files =
                fake(
                        FdTable.class,
                        method -> {
                            assertTrue(behindFd.tryRetain());
                            return behindFd;
                        });
        return fake(Task.class, method -> method.equals("files") ? files : sandbox);
    }

    private static <T> T fake(Class<T> type, Function<String, Object> answers) {
        return type.cast(
                Proxy.newProxyInstance(
                        type.getClassLoader(),
                        new Class<?>[] {type},
                        (proxy, method, arguments) -> answers.apply(method.getName())));
    }

    /** A file with nothing in it. */
    private static final class EmptyFile extends FileDescription {
        EmptyFile() {
            super(0);
        }

        @Override
        protected void closed() {}

        @Override
        public Inode inode() {
            throw new UnsupportedOperationException();
        }
    }
}

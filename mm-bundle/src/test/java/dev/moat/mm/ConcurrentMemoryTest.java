package dev.moat.mm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.moat.abi.ErrnoException;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.MemoryManager;
import dev.moat.api.mm.PageQuota;
import dev.moat.api.mm.UserMemory;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Kernel accesses on several threads while others change the mappings under them. */
class ConcurrentMemoryTest {
    private static final long PAGE = 4096;

    private final FakeHostMemory host = new FakeHostMemory();
    private final FakeTrimSchedule trims = new FakeTrimSchedule();
    private final KernelMemory sandbox =
            new KernelMemory(host, host, trims, "test", Long.MAX_VALUE);
    private final ExecutorService threads = Executors.newCachedThreadPool();

    @AfterEach
    void close() {
        threads.shutdownNow();
        sandbox.close();
        host.close();
    }

    private void runAll(List<Callable<Boolean>> jobs) throws Exception {
        List<Future<Boolean>> running = new ArrayList<>();
        for (Callable<Boolean> job : jobs) {
            running.add(threads.submit(job));
        }
        for (Future<Boolean> job : running) {
            job.get(60, TimeUnit.SECONDS);
        }
    }

    /**
     * A page belongs to one process at a time: each writes its own number all over and must never
     * see another's.
     */
    @Test
    @Timeout(90)
    void pagesNeverLeakBetweenProcesses() throws Exception {
        List<Callable<Boolean>> jobs = new ArrayList<>();
        for (int n = 1; n <= 3; n++) {
            Guest guest = Guest.start(sandbox);
            long number = n;
            long[] area = {guest.mmap(0, 64 * PAGE, 3, Guest.PRIVATE)};
            jobs.add(() -> access(guest.memory.user(), area[0], number));
            jobs.add(() -> remap(guest, area[0]));
        }
        runAll(jobs);
    }

    private static boolean access(UserMemory user, long area, long number) {
        Random random = new Random(number);
        for (int i = 0; i < 60_000; i++) {
            long at = area + random.nextInt(64) * PAGE + 16;
            try {
                if (random.nextBoolean()) {
                    user.writeLong(at, number);
                } else {
                    long value = user.readLong(at);
                    if (value != 0 && value != number) {
                        throw new AssertionError("saw " + value + " of another process");
                    }
                }
            } catch (ErrnoException e) {
                // unmapped just now
            }
        }
        return true;
    }

    private static boolean remap(Guest guest, long area) {
        Random random = new Random(area);
        for (int i = 0; i < 6_000; i++) {
            long at = area + random.nextInt(56) * PAGE;
            switch (random.nextInt(4)) {
                case 0 -> guest.memory.unmap(at, 8 * PAGE);
                case 1 -> guest.memory.control().advise(area, 0, 4);
                case 2 -> {
                    MemoryManager child = guest.memory.fork();
                    child.release();
                }
                default -> guest.mmap(at, 8 * PAGE, 3, Guest.PRIVATE | 0x10);
            }
        }
        return true;
    }

    @Test
    @Timeout(90)
    void truncationAgainstFaultsAndCopies_keepsCounts() throws Exception {
        FilePages file = sandbox.newFilePages(PageQuota.Unlimited.INSTANCE);
        file.truncate(64 * PAGE);
        Guest guest = Guest.start(sandbox);
        long shared = guest.mmapFile(64 * PAGE, 3, 1, file, 0);
        long mine = guest.mmapFile(64 * PAGE, 3, 2, file, 0);
        List<Callable<Boolean>> jobs = new ArrayList<>();
        jobs.add(() -> access(guest.memory.user(), shared, 7));
        jobs.add(() -> access(guest.memory.user(), mine, 7));
        jobs.add(() -> {
            for (int i = 0; i < 3_000; i++) {
                file.truncate((i % 64) * PAGE + 100);
                file.read(0, guest.memory.user().buffer(shared + 32 * PAGE, 32 * PAGE));
                file.truncate(64 * PAGE);
                file.write(PAGE, guest.memory.user().buffer(shared, 4 * PAGE));
                file.punch(0, (i % 64) * PAGE);
            }
            return true;
        });
        runAll(jobs);
        guest.memory.release();
        file.close();
        assertEquals(0, sandbox.usedBytes());
    }
}

package dev.moat.mm;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.moat.api.mm.MemoryManager.FaultResult;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random calls and accesses of several processes, against a model that knows one value per page.
 */
class RandomMemoryTest {
    private static final long PAGE = 4096;
    private static final long BASE = 0x10000000L;
    private static final int PAGES = 400;

    private final FakeHostMemory host = new FakeHostMemory();
    private final FakeTrimSchedule trims = new FakeTrimSchedule();
    private final KernelMemory sandbox =
            new KernelMemory(host, host, trims, "test", Long.MAX_VALUE);

    @AfterEach
    void close() {
        sandbox.close();
        host.close();
    }

    /** A page of the model: its rights and its value, which shared pages have in common. */
    private static final class ModelPage {
        int prot;
        final boolean shared;
        final long[] value;

        ModelPage(int prot, boolean shared, long[] value) {
            this.prot = prot;
            this.shared = shared;
            this.value = value;
        }

        ModelPage forked() {
            return new ModelPage(prot, shared, shared ? value : value.clone());
        }
    }

    private static final class Process {
        final Guest guest;
        final Map<Long, ModelPage> model;

        Process(Guest guest, Map<Long, ModelPage> model) {
            this.guest = guest;
            this.model = model;
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void randomCalls_matchModel(long seed) {
        Random random = new Random(seed);
        List<Process> processes = new ArrayList<>();
        processes.add(new Process(Guest.start(sandbox), new HashMap<>()));
        for (int step = 0; step < 6_000; step++) {
            Process process = processes.get(random.nextInt(processes.size()));
            long start = random.nextInt(PAGES);
            long length = 1 + random.nextInt(random.nextInt(10) == 0 ? 120 : 12);
            length = Math.min(length, PAGES - start);
            switch (random.nextInt(24)) {
                case 0, 1 -> map(process, start, length, random.nextInt(4), random.nextInt(4) == 0);
                case 2 -> unmap(process, start, length);
                case 3, 4 -> protect(process, start, length, random.nextInt(4));
                case 5 -> {
                    if (processes.size() < 5) {
                        processes.add(fork(process));
                    }
                }
                case 6 -> {
                    if (processes.size() > 1 && random.nextInt(3) == 0) {
                        processes.remove(process);
                        process.guest.memory.release();
                    }
                }
                case 7 -> move(process, start, length, random.nextInt(PAGES));
                case 8 -> discard(process, start, length);
                default -> touch(process, start, random);
            }
            if (step % 500 == 0) {
                processes.forEach(RandomMemoryTest::checkAll);
            }
        }
        processes.forEach(RandomMemoryTest::checkAll);
        for (Process process : processes) {
            process.guest.memory.release();
        }
        assertEquals(0, sandbox.usedBytes());
    }

    private static long address(long page) {
        return BASE + page * PAGE;
    }

    private static void map(Process process, long start, long length, int prot, boolean shared) {
        int flags = (shared ? Guest.SHARED : Guest.PRIVATE) | 0x10;
        process.guest.mmap(address(start), length * PAGE, prot, flags);
        for (long page = start; page < start + length; page++) {
            process.model.put(page, new ModelPage(prot, shared, new long[1]));
        }
    }

    private static void unmap(Process process, long start, long length) {
        process.guest.memory.unmap(address(start), length * PAGE);
        for (long page = start; page < start + length; page++) {
            process.model.remove(page);
        }
    }

    private static void protect(Process process, long start, long length, int prot) {
        long end = start;
        while (end < start + length && process.model.containsKey(end)) {
            end++;
        }
        if (end == start) {
            return;
        }
        process.guest.memory.protect(address(start), (end - start) * PAGE, prot);
        for (long page = start; page < end; page++) {
            process.model.get(page).prot = prot;
        }
    }

    private static Process fork(Process parent) {
        Map<Long, ModelPage> model = new HashMap<>();
        parent.model.forEach((page, there) -> model.put(page, there.forked()));
        return new Process(parent.guest.fork(), model);
    }

    private static void move(Process process, long start, long length, long to) {
        long end = start;
        while (end < start + length && process.model.containsKey(end)) {
            end++;
        }
        // One area only: mremap refuses to reach over borders.
        long areaEnd =
                process.guest.memory.collectVmas().stream()
                        .filter(v -> v.start() <= address(start) && address(start) < v.end())
                        .mapToLong(v -> (v.end() - BASE) / PAGE)
                        .findFirst()
                        .orElse(start);
        end = Math.min(end, areaEnd);
        long count = end - start;
        if (count == 0 || to + count > PAGES || to < end && start < to + count) {
            return;
        }
        process.guest
                .memory
                .control()
                .remap(address(start), count * PAGE, count * PAGE, 3, address(to), false);
        for (long i = 0; i < count; i++) {
            process.model.put(to + i, process.model.remove(start + i));
        }
    }

    private static void discard(Process process, long start, long length) {
        for (long page = start; page < start + length; page++) {
            ModelPage there = process.model.get(page);
            if (there == null || there.shared) {
                return;
            }
        }
        process.guest.memory.control().advise(address(start), length * PAGE, 4);
        for (long page = start; page < start + length; page++) {
            process.model.get(page).value[0] = 0;
        }
    }

    private static void touch(Process process, long page, Random random) {
        ModelPage there = process.model.get(page);
        long at = address(page) + 8;
        if (there == null) {
            assertEquals(FaultResult.NOT_MAPPED, process.guest.tryLoad(at));
        } else if (random.nextBoolean()) {
            long value = random.nextLong();
            if ((there.prot & 2) == 0) {
                assertEquals(FaultResult.NOT_PERMITTED, process.guest.tryStore(at));
            } else if (random.nextBoolean()) {
                process.guest.store(at, value);
                there.value[0] = value;
            } else {
                process.guest.memory.user().writeLong(at, value);
                there.value[0] = value;
            }
        } else {
            check(process, page, there);
        }
    }

    private static void check(Process process, long page, ModelPage there) {
        long at = address(page) + 8;
        if (there.prot == 0) {
            assertEquals(FaultResult.NOT_PERMITTED, process.guest.tryLoad(at));
        } else {
            assertEquals(there.value[0], process.guest.load(at));
            assertEquals(there.value[0], process.guest.memory.user().readLong(at));
        }
    }

    private static void checkAll(Process process) {
        for (long page = 0; page < PAGES; page++) {
            ModelPage there = process.model.get(page);
            if (there != null) {
                check(process, page, there);
            }
        }
    }
}

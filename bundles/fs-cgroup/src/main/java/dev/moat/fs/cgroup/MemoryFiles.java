package dev.moat.fs.cgroup;

import dev.moat.abi.Errno;
import dev.moat.api.cgroup.Cgroup;
import dev.moat.api.cgroup.MemoryAccount;
import dev.moat.api.cgroup.MemoryAccount.Event;
import dev.moat.api.mm.MemoryUsage;
import dev.moat.api.task.Task;
import java.util.List;
import java.util.function.BiConsumer;
import java.util.function.ToLongFunction;

/**
 * {@code memory.*}: mm/memcontrol.c. The root's limit is the sandbox'. Its other settings cannot be
 * written by its own tasks, so they are as they begin.
 */
final class MemoryFiles {
    private static final int PAGE_SHIFT = 12;
    private static final String EVENTS = "memory.events";

    /** Buffers of network protocols; those of local sockets are objects of the kernel. */
    private static final long NO_NETWORK_BYTES = 0;

    private MemoryFiles() {}

    static List<Control> controls() {
        return List.of(
                Control.of("memory.current", MemoryFiles::current),
                Control.of(
                        "memory.peak",
                        (group, task) ->
                                group.memory() == null
                                        ? current(group, task)
                                        : (account(group).peakPages() << PAGE_SHIFT) + "\n"),
                limit("memory.min", 0, MemoryAccount::minPages, MemoryAccount::setMinPages),
                limit("memory.low", 0, MemoryAccount::lowPages, MemoryAccount::setLowPages),
                limit(
                        "memory.high",
                        MemoryAccount.MAX,
                        MemoryAccount::highPages,
                        MemoryAccount::setHighPages),
                Control.of("memory.max", MemoryFiles::max, MemoryFiles::setMax),
                Control.of(EVENTS, (group, task) -> events(account(group)::events)),
                Control.of(
                        "memory.events.local", (group, task) -> events(account(group)::ownEvents)),
                Control.of("memory.stat", MemoryFiles::stat),
                Control.delegatableWriteOnly("memory.reclaim", MemoryFiles::reclaim),
                Control.delegatable(
                        "memory.oom.group",
                        (group, task) -> account(group).killsAll() ? "1\n" : "0\n",
                        MemoryFiles::setOomGroup),
                Control.of("memory.swap.current", (group, task) -> "0\n"),
                limit(
                        "memory.swap.max",
                        MemoryAccount.MAX,
                        MemoryAccount::swapMaxPages,
                        MemoryAccount::setSwapMaxPages),
                Control.of("memory.swap.events", (group, task) -> "high 0\nmax 0\nfail 0\n"));
    }

    /** A group's own; the root's knows events only. */
    private static MemoryAccount account(Cgroup group) {
        MemoryAccount own = group.memory();
        return own == null ? group.tree().rootMemory() : own;
    }

    private static String current(Cgroup group, Task reader) {
        MemoryAccount own = group.memory();
        long bytes =
                own == null ? reader.sandbox().memory().usedBytes() : own.pages() << PAGE_SHIFT;
        return bytes + "\n";
    }

    private static Control limit(
            String name,
            long unset,
            ToLongFunction<MemoryAccount> getter,
            BiConsumer<MemoryAccount, Long> setter) {
        return Control.of(
                name,
                (group, task) ->
                        show(group.memory() == null ? unset : getter.applyAsLong(account(group))),
                (group, task, text) -> setter.accept(account(group), parse(text)));
    }

    private static String show(long pages) {
        return Numbers.show(
                pages == MemoryAccount.MAX ? pages : pages << PAGE_SHIFT, MemoryAccount.MAX);
    }

    /** page_counter_memparse: bytes with k, m, g, t; whole pages are meant. */
    private static long parse(String text) {
        if (text.equals(Numbers.MAX)) {
            return MemoryAccount.MAX;
        }
        if (!text.matches("[0-9]+[kKmMgGtT]?")) {
            throw Errno.EINVAL.exception();
        }
        int unit = "kmgt".indexOf(Character.toLowerCase(text.charAt(text.length() - 1)));
        String digits = unit < 0 ? text : text.substring(0, text.length() - 1);
        int shift = 10 * (unit + 1);
        if (digits.length() > 18 || Long.parseLong(digits) > Long.MAX_VALUE >>> shift) {
            return MemoryAccount.MAX;
        }
        return Long.parseLong(digits) << shift >>> PAGE_SHIFT;
    }

    private static String max(Cgroup group, Task reader) {
        if (group.memory() != null) {
            return show(account(group).maxPages());
        }
        long bytes = reader.sandbox().memory().limitBytes();
        return Numbers.show(bytes == Long.MAX_VALUE ? bytes : bytes & -4096L, Long.MAX_VALUE);
    }

    /** What is above the new limit is reclaimed, as far as it can be, or the next one to charge. */
    private static void setMax(Cgroup group, Task writer, String text) {
        account(group).setMaxPages(parse(text));
        writer.sandbox().memory().enforce(account(group));
        group.tree().tell(group, EVENTS);
    }

    /** EAGAIN if not so much can go: user_proactive_reclaim(). Of a swappiness there is no use. */
    private static void reclaim(Cgroup group, Task writer, String text) {
        String[] words = text.split("[ \t]+");
        long pages = parse(words[0]);
        for (int i = 1; i < words.length; i++) {
            checkSwappiness(words[i]);
        }
        long bytes = pages == MemoryAccount.MAX ? pages : pages << PAGE_SHIFT;
        if (!writer.sandbox().memory().reclaim(group.memory(), bytes)) {
            throw Errno.EAGAIN.exception();
        }
    }

    private static void checkSwappiness(String word) {
        boolean known = word.matches("swappiness=([0-9]{1,2}|1[0-9]{2}|200|max)");
        if (!known) {
            throw Errno.EINVAL.exception();
        }
    }

    private static void setOomGroup(Cgroup group, Task writer, String text) {
        long value = Numbers.parse(text);
        if (value != 0 && value != 1) {
            throw Errno.EINVAL.exception();
        }
        account(group).setKillsAll(value == 1);
    }

    private static String events(ToLongFunction<Event> counter) {
        StringBuilder out = new StringBuilder();
        for (Event event : Event.values()) {
            out.append(event.label()).append(' ').append(counter.applyAsLong(event)).append('\n');
        }
        return out.toString();
    }

    private static String stat(Cgroup group, Task reader) {
        MemoryAccount own = group.memory();
        StringBuilder out = new StringBuilder();
        if (own == null) {
            MemoryUsage usage = reader.sandbox().memory().collectUsage();
            line(out, "anon", usage.anonymousBytes());
            line(out, "file", usage.cachedBytes() + usage.memoryFileBytes());
            long heap = reader.sandbox().memory().heap().bytes();
            line(out, "kernel", usage.pageTableBytes() + heap);
            line(out, "pagetables", usage.pageTableBytes());
            line(out, "sock", NO_NETWORK_BYTES);
            line(out, "shmem", usage.memoryFileBytes());
            line(out, "file_mapped", usage.mappedBytes());
            line(out, "file_dirty", usage.dirtyBytes());
            line(out, "slab_unreclaimable", heap);
            line(out, "slab", heap);
            return out.toString();
        }
        long kernelPages = own.kernelPages();
        line(out, "anon", own.pages() - own.filePages() - kernelPages << PAGE_SHIFT);
        line(out, "file", own.filePages() << PAGE_SHIFT);
        line(out, "kernel", kernelPages << PAGE_SHIFT);
        line(out, "sock", NO_NETWORK_BYTES);
        line(out, "slab_unreclaimable", kernelPages << PAGE_SHIFT);
        line(out, "slab", kernelPages << PAGE_SHIFT);
        return out.toString();
    }

    private static void line(StringBuilder out, String name, long value) {
        out.append(name).append(' ').append(value).append('\n');
    }
}

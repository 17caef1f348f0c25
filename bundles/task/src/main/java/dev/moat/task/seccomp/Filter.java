package dev.moat.task.seccomp;

import dev.moat.abi.PollFlags;
import dev.moat.abi.Seccomp;
import dev.moat.api.swap.Derived;
import dev.moat.api.swap.Stateful;
import dev.moat.lib.bpf.Interpreter;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One filter, on top of those that were there before it. Never changed once a task has it; shared
 * by all that inherited it, on any thread.
 */
@Stateful
public final class Filter {
    /** Length of a chain, as {@link FilterLength} counts: MAX_INSNS_PER_PATH. */
    private static final int MOST_INSTRUCTIONS = (1 << 18) / 8;

    /** What each filter below counts in addition. */
    private static final int PENALTY = 4;

    /** As often as it has been interpreted when it becomes a class. */
    private static final int HOT = 200;

    /** Numbers of calls are below. */
    private static final int NUMBERS = 512;

    private static final byte ALLOWS = 1;
    private static final byte ASKS = 2;

    private final long[] instructions;
    private final @Nullable Filter previous;

    /** SECCOMP_FILTER_FLAG_LOG: answers other than ALLOW are logged. */
    private final boolean logged;

    /** One of the chain looks at the instruction pointer, which costs more than the arguments. */
    private final boolean readsPointer;

    /** Tasks that it is the newest of, and one for each filter on top that is in use. */
    private final AtomicInteger users = new AtomicInteger();

    private @Nullable Listener listener;

    /** Runs so far; a race loses some, which does no harm. */
    @Derived("counted anew")
    private int runs;

    @Derived("compiled when it is hot again")
    private volatile @Nullable CompiledFilter compiled;

    /** By number: {@link #ALLOWS}, {@link #ASKS}, or 0 if nobody has looked. Races agree. */
    @Derived("found out again")
    private byte @Nullable [] constants;

    private Filter(long[] instructions, @Nullable Filter previous, boolean logged) {
        this.instructions = instructions;
        this.previous = previous;
        this.logged = logged;
        this.readsPointer =
                ConstantAnswers.readsPointer(instructions)
                        || previous != null && previous.readsPointer;
    }

    /** A filter over {@code previous}, of instructions that have passed {@link #check}. */
    public static Filter of(long[] instructions, @Nullable Filter previous, boolean logged) {
        return new Filter(instructions, previous, logged);
    }

    /** EINVAL unless {@code instructions} are a filter. */
    public static void check(long[] instructions) {
        FilterChecker.check(instructions);
    }

    /** Whether the chain is longer than a call may cost. */
    public boolean isTooLong() {
        int total = FilterLength.of(instructions);
        for (Filter below = previous; below != null; below = below.previous) {
            total += FilterLength.of(below.instructions) + PENALTY;
        }
        return total > MOST_INSTRUCTIONS;
    }

    /** The answers of its chain to one call. */
    public Answer judge(int[] words) {
        int answer = Seccomp.SECCOMP_RET_ALLOW;
        Filter match = this;
        for (Filter each = this; each != null; each = each.previous) {
            int own = each.run(words);
            if (action(own) < action(answer)) {
                answer = own;
                match = each;
            }
        }
        return new Answer(answer, match);
    }

    /** Whether the whole chain allows the call without a look at its arguments. Cheap. */
    public boolean allows(int number) {
        if (number < 0 || number >= NUMBERS) {
            return false;
        }
        byte[] known = constants;
        if (known == null) {
            known = new byte[NUMBERS];
            constants = known;
        }
        if (known[number] == 0) {
            boolean allowed =
                    ConstantAnswers.allows(instructions, number)
                            && (previous == null || previous.allows(number));
            known[number] = allowed ? ALLOWS : ASKS;
        }
        return known[number] == ALLOWS;
    }

    /** Whether {@link #judge} needs the words of the instruction pointer. */
    public boolean readsPointer() {
        return readsPointer;
    }

    public boolean isLogged() {
        return logged;
    }

    public @Nullable Filter previous() {
        return previous;
    }

    /** A copy of {@code struct sock_filter[]}, each as the long that its bytes are. */
    public long[] instructions() {
        return instructions.clone();
    }

    /** How many filters there are from here on. */
    public int count() {
        int count = 0;
        for (Filter each = this; each != null; each = each.previous) {
            count++;
        }
        return count;
    }

    /** Whether {@code older} is this one or below it. */
    public boolean contains(@Nullable Filter older) {
        Filter each = this;
        while (each != null && each != older) {
            each = each.previous;
        }
        return each == older;
    }

    /**
     * Where calls go that another process answers; null without SECCOMP_FILTER_FLAG_NEW_LISTENER.
     */
    public @Nullable Listener listener() {
        return listener;
    }

    /** Gives it a listener; before any task has it. */
    public void setListener(Listener newListener) {
        listener = newListener;
    }

    /** Whether a filter of the chain has a listener: there may be one only. */
    public boolean hasListener() {
        for (Filter each = this; each != null; each = each.previous) {
            Listener own = each.listener;
            if (own != null && !own.isClosed()) {
                return true;
            }
        }
        return false;
    }

    /** Counts one more task, or filter, on top. */
    public void retain() {
        if (users.getAndIncrement() == 0 && previous != null) {
            previous.retain();
        }
    }

    /** Drops a use: listeners of filters that nobody has any more hang up. No locks are held. */
    public void release() {
        for (Filter each = this;
                each != null && each.users.decrementAndGet() == 0;
                each = each.previous) {
            Listener own = each.listener;
            if (own != null) {
                own.bell().wakeAll(PollFlags.POLLHUP);
            }
        }
    }

    /** Whether any task has it. */
    boolean isUsed() {
        return users.get() > 0;
    }

    private int run(int[] words) {
        CompiledFilter fast = compiled;
        if (fast != null) {
            return fast.run(words);
        }
        if (++runs == HOT) {
            compile();
        }
        return Interpreter.run(instructions, new CallInput(words));
    }

    private void compile() {
        try {
            compiled = new CompiledFilter(FilterCompiler.compile(instructions));
        } catch (IllegalArgumentException tooLong) {
            // More than 64 KiB of byte code: it stays interpreted.
            compiled = null;
        }
    }

    /**
     * The part of an answer that decides which of two is obeyed: the lowest, as a signed number.
     */
    private static int action(int answer) {
        return answer & Seccomp.SECCOMP_RET_ACTION_FULL;
    }

    /**
     * What a chain answers.
     *
     * @param value action and data
     * @param filter which one of the chain gave it
     */
    public record Answer(int value, Filter filter) {
        public int action() {
            return Filter.action(value);
        }

        public int data() {
            return value & Seccomp.SECCOMP_RET_DATA;
        }
    }
}

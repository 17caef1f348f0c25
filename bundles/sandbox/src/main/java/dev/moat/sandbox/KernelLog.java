package dev.moat.sandbox;

import dev.moat.abi.PollFlags;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.sandbox.KernelMessages;
import dev.moat.api.sandbox.PrintkSettings;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.WaitQueue;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Optional;

/**
 * The last messages of a sandbox' kernel. Thread safe.
 *
 * <p>Differs from Linux: a message is there at once, even if it does not end in a newline.
 */
@Stateful(version = 2, upgrade = KernelLogUpgrade.class)
final class KernelLog implements KernelMessages {
    /** What a message takes beside its text. */
    private static final int MESSAGE_BYTES = 96;

    /** Users' messages that reach the operator: DEFAULT_RATELIMIT_BURST, _INTERVAL of Linux. */
    private static final int BURST = 10;

    private static final long INTERVAL_NS = 5_000_000_000L;

    private final RankedLock lock = new RankedLock(LockRank.TASK);
    private final WaitQueue arrivals = new WaitQueue();
    private final PrintkSettings settings = new PrintkSettings();

    // Guarded by lock.
    private final Deque<Message> messages = new ArrayDeque<>();
    private int usedBytes;
    private long next;
    private long cleared;

    /** Where {@link #take} goes on, and how much of that message it gave already. */
    private long unread;

    private int partBytes;

    private long burstStartNs;
    private int burst;

    void add(int priority, long timeNs, String line) {
        String text = line.endsWith("\n") ? line.substring(0, line.length() - 1) : line;
        String kept = text.substring(0, Math.min(text.length(), TEXT_BYTES));
        lock.lock();
        try {
            messages.addLast(new Message(next++, priority, timeNs, kept));
            usedBytes += kept.length() + MESSAGE_BYTES;
            while (usedBytes > BUFFER_BYTES) {
                usedBytes -= messages.removeFirst().text().length() + MESSAGE_BYTES;
            }
        } finally {
            lock.unlock();
        }
        arrivals.wakeAll(PollFlags.POLLIN | PollFlags.POLLRDNORM);
    }

    /** Whether the operator is to be told of one more message of a user. */
    boolean mayTellOperator(long nowNs) {
        lock.lock();
        try {
            if (burst == 0 || nowNs - burstStartNs >= INTERVAL_NS) {
                burstStartNs = nowNs;
                burst = 0;
            }
            // Counts no further than it needs to.
            burst = Math.min(burst + 1, BURST + 1);
            return burst <= BURST;
        } finally {
            lock.unlock();
        }
    }

    List<String> collectLines() {
        lock.lock();
        try {
            return messages.stream().flatMap(message -> message.text().lines()).toList();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public Optional<Message> atOrAfter(long number) {
        lock.lock();
        try {
            return sinceLocked(number).stream().findFirst();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long next() {
        lock.lock();
        try {
            return next;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public long cleared() {
        lock.lock();
        try {
            return cleared;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public void clear() {
        lock.lock();
        try {
            cleared = next;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public byte[] take(int mostBytes) {
        lock.lock();
        try {
            skipForgottenLocked();
            MessageText out = new MessageText();
            for (Message message : sinceLocked(unread)) {
                byte[] text = MessageText.of(message);
                int left = text.length - partBytes;
                if (left <= mostBytes - out.length()) {
                    out.add(text, partBytes, text.length);
                    partBytes = 0;
                    unread = message.number() + 1;
                } else {
                    if (out.length() == 0) {
                        out.add(text, partBytes, partBytes + mostBytes);
                        partBytes += mostBytes;
                    }
                    break;
                }
            }
            return out.bytes();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public int unreadBytes() {
        lock.lock();
        try {
            skipForgottenLocked();
            int sum = -partBytes;
            for (Message message : sinceLocked(unread)) {
                sum += MessageText.of(message).length;
            }
            return sum;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public byte[] tail(int mostBytes) {
        lock.lock();
        try {
            List<byte[]> texts = new ArrayList<>();
            int size = 0;
            for (var newest = messages.descendingIterator(); newest.hasNext(); ) {
                Message message = newest.next();
                byte[] text = MessageText.of(message);
                if (message.number() < cleared || size + text.length > mostBytes) {
                    break;
                }
                size += text.length;
                texts.add(text);
            }
            Collections.reverse(texts);
            MessageText out = new MessageText();
            texts.forEach(text -> out.add(text, 0, text.length));
            return out.bytes();
        } finally {
            lock.unlock();
        }
    }

    @Override
    public WaitQueue arrivals() {
        return arrivals;
    }

    @Override
    public PrintkSettings settings() {
        return settings;
    }

    /** A message that was forgotten is not gone on with. */
    private void skipForgottenLocked() {
        long first = messages.isEmpty() ? next : messages.getFirst().number();
        if (unread < first) {
            unread = first;
            partBytes = 0;
        }
    }

    /** The numbers are without gaps. */
    private List<Message> sinceLocked(long number) {
        long kept = Math.min(next - number, messages.size());
        if (kept <= 0) {
            return List.of();
        }
        if (kept == messages.size()) {
            return List.copyOf(messages);
        }
        Message[] found = new Message[(int) kept];
        var newest = messages.descendingIterator();
        for (int i = found.length - 1; i >= 0; i--) {
            found[i] = newest.next();
        }
        return Arrays.asList(found);
    }
}

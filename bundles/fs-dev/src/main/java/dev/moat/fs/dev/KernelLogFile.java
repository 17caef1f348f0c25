package dev.moat.fs.dev;

import dev.moat.abi.Errno;
import dev.moat.abi.PollFlags;
import dev.moat.abi.SeekWhence;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.sandbox.KernelMessages;
import dev.moat.api.sandbox.KernelMessages.Message;
import dev.moat.api.sandbox.PrintkSettings.UserMessages;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.task.WaitQueue;
import dev.moat.api.vfs.Inode;
import java.lang.foreign.MemorySegment;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/**
 * {@code /dev/kmsg}: each write is a message in the sandbox' log, each read gives one,
 * Documentation/ABI/testing/dev-kmsg.
 */
@Stateful
final class KernelLogFile extends MemoryDeviceFile {
    /** Ten messages in five seconds, devkmsg_write: others are dropped silently. */
    private static final int BURST = 10;

    private static final long INTERVAL_NS = 5_000_000_000L;

    /** LOG_USER: nobody speaks for the kernel. */
    private static final int USER_FACILITY = 8;

    private static final int LEVELS = 7;
    private static final long MICROSECOND_NS = 1000;
    private static final int READABLE = PollFlags.POLLIN | PollFlags.POLLRDNORM;

    private final Sandbox sandbox;
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    // Guarded by lock.
    private long intervalStartNs = Long.MIN_VALUE;
    private int lines;

    /** The number of the message that is read next. */
    private long next;

    KernelLogFile(Sandbox sandbox, Inode node, int flags) {
        super(node, flags);
        this.sandbox = sandbox;
    }

    /** Begins with the oldest message; of a file that can be read. */
    void rewind() {
        moveTo(messages().atOrAfter(0).map(Message::number).orElseGet(messages()::next));
    }

    @Override
    public long read(Task task, IoBuffer target) {
        byte[] text;
        lock.lock();
        try {
            Optional<Message> found = messages().atOrAfter(next);
            if (found.isEmpty()) {
                return Errno.EAGAIN.negated();
            }
            Message message = found.get();
            boolean forgotten = message.number() != next;
            next = message.number();
            if (forgotten) {
                throw Errno.EPIPE.exception();
            }
            next++;
            text = textOf(message);
        } finally {
            lock.unlock();
        }
        if (text.length > target.remaining()) {
            throw Errno.EINVAL.exception();
        }
        if (target.put(MemorySegment.ofArray(text), 0, text.length) < text.length) {
            throw Errno.EFAULT.exception();
        }
        return text.length;
    }

    @Override
    public long write(Task task, IoBuffer source) {
        long count = source.remaining();
        if (count > KernelMessages.TEXT_BYTES) {
            throw Errno.EINVAL.exception();
        }
        UserMessages wanted = messages().settings().userMessages();
        if (wanted == UserMessages.OFF
                || wanted == UserMessages.RATELIMIT && !takeTurn(sandbox.clock().monotonicNs())) {
            return discard(source);
        }
        byte[] bytes = new byte[(int) count];
        long moved = source.get(MemorySegment.ofArray(bytes), 0, count);
        if (moved < count) {
            throw Errno.EFAULT.exception();
        }
        log(new String(bytes, StandardCharsets.ISO_8859_1));
        return count;
    }

    /** A leading {@code <N>} is the priority; facility 0 is the kernel's own. */
    private void log(String text) {
        int end = text.startsWith("<") ? text.indexOf('>') : -1;
        int given = end > 1 ? number(text.substring(1, end)) : -1;
        int level = given < 0 ? messages().settings().messageLevel() : given & LEVELS;
        int facility = given < 0 || (given & ~LEVELS) == 0 ? USER_FACILITY : given & ~LEVELS;
        sandbox.logUserMessage(facility | level, given < 0 ? text : text.substring(end + 1));
    }

    /** -1: it is none. The facility has eight bits of struct printk_info. */
    private static int number(String digits) {
        boolean decimal = digits.length() <= 9 && digits.chars().allMatch(Character::isDigit);
        return decimal ? Integer.parseInt(digits) & 0x7ff : -1;
    }

    private boolean takeTurn(long nowNs) {
        lock.lock();
        try {
            if (intervalStartNs == Long.MIN_VALUE || nowNs - intervalStartNs >= INTERVAL_NS) {
                intervalStartNs = nowNs;
                lines = 0;
            }
            lines = Math.min(lines + 1, BURST + 1);
            return lines <= BURST;
        } finally {
            lock.unlock();
        }
    }

    /** devkmsg_llseek: to the oldest, to what came after a clear, behind the newest. */
    @Override
    public long seek(Task task, long offset, int whence) {
        if (offset != 0) {
            throw Errno.ESPIPE.exception();
        }
        switch (whence) {
            case SeekWhence.SEEK_SET -> rewind();
            case SeekWhence.SEEK_DATA -> moveTo(messages().cleared());
            case SeekWhence.SEEK_END -> moveTo(messages().next());
            default -> throw Errno.EINVAL.exception();
        }
        return 0;
    }

    @Override
    public int readiness() {
        lock.lock();
        try {
            Optional<Message> found = messages().atOrAfter(next);
            if (found.isEmpty()) {
                return 0;
            }
            boolean forgotten = found.get().number() != next;
            return forgotten ? READABLE | PollFlags.POLLERR | PollFlags.POLLPRI : READABLE;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public WaitQueue waitQueue() {
        return messages().arrivals();
    }

    private KernelMessages messages() {
        return sandbox.messages();
    }

    private void moveTo(long number) {
        lock.lock();
        try {
            next = number;
        } finally {
            lock.unlock();
        }
    }

    /** info_print_ext_header() and msg_add_ext_text(), kernel/printk/printk.c. */
    private static byte[] textOf(Message message) {
        StringBuilder out = new StringBuilder();
        out.append(message.priority()).append(',').append(message.number()).append(',');
        out.append(message.timeNs() / MICROSECOND_NS).append(",-;");
        for (char c : message.text().toCharArray()) {
            if (c < ' ' || c >= 127 || c == '\\') {
                out.append(String.format("\\x%02x", (int) c));
            } else {
                out.append(c);
            }
        }
        return out.append('\n').toString().getBytes(StandardCharsets.ISO_8859_1);
    }
}

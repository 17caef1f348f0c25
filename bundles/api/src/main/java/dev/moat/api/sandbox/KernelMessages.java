package dev.moat.api.sandbox;

import dev.moat.api.task.WaitQueue;
import java.util.Optional;
import org.osgi.annotation.versioning.ProviderType;

/**
 * The messages of a sandbox' kernel: a ring that forgets the oldest. Who reads them one by one
 * keeps the number of the next himself; {@link #take} has one place for all. Thread safe.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/syslog.2.html">syslog(2)</a>
 */
@ProviderType
public interface KernelMessages {
    /** Size of the ring: that of Linux' default configuration, CONFIG_LOG_BUF_SHIFT. */
    int BUFFER_BYTES = 1 << 17;

    /** Longest text of a message: PRINTKRB_RECORD_MAX, kernel/printk/printk.c. */
    int TEXT_BYTES = 1024;

    /**
     * One message.
     *
     * @param number counts from 0
     * @param priority facility times 8 plus level
     * @param timeNs on the monotonic clock
     * @param text a guest string, without the newline at its end
     */
    record Message(long number, int priority, long timeNs, String text) {}

    /** The first message with this number or a later one. */
    Optional<Message> atOrAfter(long number);

    /** The number of the message that comes next. */
    long next();

    /** The number of the first message since {@link #clear}. */
    long cleared();

    /** Hides what is there now from {@link #tail}. */
    void clear();

    /**
     * The first messages that nobody has taken yet, and takes them: SYSLOG_ACTION_READ.
     *
     * @return whole messages that fit, or the beginning of one; empty if there are none
     */
    byte[] take(int mostBytes);

    /** How much {@link #take} would give: SYSLOG_ACTION_SIZE_UNREAD. */
    int unreadBytes();

    /** The last messages since {@link #clear} that fit: SYSLOG_ACTION_READ_ALL. */
    byte[] tail(int mostBytes);

    /** Woken after each message. */
    WaitQueue arrivals();

    /** Who sees what. */
    PrintkSettings settings();
}

package dev.moat.api.sandbox;

import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;

/**
 * Who sees which messages of the kernel: {@code printk}, {@code printk_devkmsg} and {@code
 * dmesg_restrict} of {@code /proc/sys/kernel}. Thread safe.
 *
 * @see <a href="https://man7.org/linux/man-pages/man2/syslog.2.html">syslog(2)</a>
 */
public final class PrintkSettings {
    private static final int CONSOLE = 0;
    private static final int MESSAGE = 1;
    private static final int LEAST = 2;

    private final RankedLock lock = new RankedLock(LockRank.TASK);

    // Guarded by lock: console_printk and its defaults, kernel/printk/printk.c.
    private final int[] levels = {7, 4, 1, 7};

    /** What the console had before it was switched off; -1 if it is on. */
    private int savedConsoleLevel = -1;

    /** Volatile: read without the lock. */
    private volatile UserMessages userMessages = UserMessages.RATELIMIT;

    /** As Debian has it: the messages are for the administrator. */
    private volatile boolean restricted = true;

    /** What becomes of messages that users write. */
    public enum UserMessages {
        ON,
        OFF,
        RATELIMIT
    }

    /** Levels of the console, of messages without one, the console's least and its default. */
    public int[] levels() {
        lock.lock();
        try {
            return levels.clone();
        } finally {
            lock.unlock();
        }
    }

    /** Sets the first of {@link #levels}, as many as there are. */
    public void setLevels(int[] values) {
        lock.lock();
        try {
            System.arraycopy(values, 0, levels, 0, Math.min(values.length, levels.length));
        } finally {
            lock.unlock();
        }
    }

    /** The level of messages that have none. */
    public int messageLevel() {
        return levels()[MESSAGE];
    }

    /** Whether messages of this level go to the console. */
    public boolean reachesConsole(int level) {
        return level < levels()[CONSOLE];
    }

    /** SYSLOG_ACTION_CONSOLE_OFF. */
    public void consoleOff() {
        lock.lock();
        try {
            if (savedConsoleLevel < 0) {
                savedConsoleLevel = levels[CONSOLE];
            }
            levels[CONSOLE] = levels[LEAST];
        } finally {
            lock.unlock();
        }
    }

    /** SYSLOG_ACTION_CONSOLE_ON. */
    public void consoleOn() {
        lock.lock();
        try {
            if (savedConsoleLevel >= 0) {
                levels[CONSOLE] = savedConsoleLevel;
                savedConsoleLevel = -1;
            }
        } finally {
            lock.unlock();
        }
    }

    /** SYSLOG_ACTION_CONSOLE_LEVEL: switches it on, too. */
    public void setConsoleLevel(int level) {
        lock.lock();
        try {
            levels[CONSOLE] = Math.max(level, levels[LEAST]);
            savedConsoleLevel = -1;
        } finally {
            lock.unlock();
        }
    }

    public UserMessages userMessages() {
        return userMessages;
    }

    public void setUserMessages(UserMessages treatment) {
        userMessages = treatment;
    }

    /** Whether reading messages needs CAP_SYSLOG in all ways. */
    public boolean isRestricted() {
        return restricted;
    }

    public void setRestricted(boolean onlyForAdministrators) {
        restricted = onlyForAdministrators;
    }
}

package dev.moat.api.vfs;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the administrator of a sandbox may set, mostly about files: numbers in {@code /proc/sys}.
 * Thread safe.
 */
public final class VfsSettings {
    /** One number, with Linux's default. */
    public enum Setting {
        /** Events that an inotify instance keeps until they are read. */
        INOTIFY_MAX_QUEUED_EVENTS("fs/inotify/max_queued_events", 16384),
        /** Inotify instances of one user. */
        INOTIFY_MAX_USER_INSTANCES("fs/inotify/max_user_instances", 128),
        /** Inotify watches of one user. */
        INOTIFY_MAX_USER_WATCHES("fs/inotify/max_user_watches", 65536),
        /** Pages of a user's pipes from which on new ones are small: 0 for no limit. */
        PIPE_USER_PAGES_SOFT("fs/pipe-user-pages-soft", 16384),
        /** Pages that a user's pipes may have: 0 for no limit. */
        PIPE_USER_PAGES_HARD("fs/pipe-user-pages-hard", 0),
        /** Whether directories can be watched by F_NOTIFY of fcntl(2): 0 for no. */
        DIR_NOTIFY_ENABLE("fs/dir-notify-enable", 1),
        /** Whether leases may be taken: 0 for no. */
        LEASES_ENABLE("fs/leases-enable", 1),
        /** Seconds until a broken lease is taken away. */
        LEASE_BREAK_TIME("fs/lease-break-time", 45),
        /** Mounts that one mount namespace may have. */
        MOUNT_MAX("fs/mount-max", 100_000),
        /** Whether userfaultfd(2) may answer faults of the kernel without privilege: 0 for no. */
        UNPRIVILEGED_USERFAULTFD("vm/unprivileged_userfaultfd", 0, 1);

        private final String path;
        private final int initial;
        private final int most;

        Setting(String path, int initial) {
            this(path, initial, Integer.MAX_VALUE);
        }

        Setting(String path, int initial, int most) {
            this.path = path;
            this.initial = initial;
            this.most = most;
        }

        /** The largest value. */
        public int most() {
            return most;
        }

        /** Its file below {@code /proc/sys}. */
        public String path() {
            return path;
        }
    }

    private final Map<Setting, Integer> changed = new ConcurrentHashMap<>();

    public int get(Setting setting) {
        return changed.getOrDefault(setting, setting.initial);
    }

    /**
     * Changes a setting from now on.
     *
     * @param value not negative
     */
    public void set(Setting setting, int value) {
        changed.put(setting, value);
    }
}

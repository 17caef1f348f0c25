package dev.moat.api.vfs;

import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What the administrator of a sandbox may set about files: numbers in {@code /proc/sys/fs}. Thread
 * safe.
 */
public final class VfsSettings {
    /** One number, with Linux's default. */
    public enum Setting {
        /** Events that an inotify instance keeps until they are read. */
        INOTIFY_MAX_QUEUED_EVENTS("inotify/max_queued_events", 16384),
        /** Inotify instances of one user. */
        INOTIFY_MAX_USER_INSTANCES("inotify/max_user_instances", 128),
        /** Inotify watches of one user. */
        INOTIFY_MAX_USER_WATCHES("inotify/max_user_watches", 65536),
        /** Whether leases may be taken: 0 for no. */
        LEASES_ENABLE("leases-enable", 1),
        /** Seconds until a broken lease is taken away. */
        LEASE_BREAK_TIME("lease-break-time", 45);

        private final String path;
        private final int initial;

        Setting(String path, int initial) {
            this.path = path;
            this.initial = initial;
        }

        /** Its file below {@code /proc/sys/fs}. */
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

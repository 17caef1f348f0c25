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
        MOUNT_MAX("fs/mount-max", 100_000, 1, Integer.MAX_VALUE),
        /** Whether userfaultfd(2) may answer faults of the kernel without privilege: 0 for no. */
        UNPRIVILEGED_USERFAULTFD("vm/unprivileged_userfaultfd", 0, 0, 1),
        /** Bytes that F_SETPIPE_SZ gives without CAP_SYS_RESOURCE: a power of two of pages. */
        PIPE_MAX_SIZE("fs/pipe-max-size", 1 << 20, 4096, 1 << 30),
        /** Descriptors are below this, and RLIMIT_NOFILE not above: fs/file.c. */
        NR_OPEN("fs/nr_open", 1 << 20, 64, 1 << 30),
        /** Areas of an address space. A kernel host has no room for INT_MAX of them. */
        MAX_MAP_COUNT("vm/max_map_count", 65530, 0, 1 << 20),
        /** Whether hard links need more than to see the file: proc_sys_fs(5). */
        PROTECTED_HARDLINKS("fs/protected_hardlinks", 0, 0, 1),
        /** Whether links of others in sticky directories are not followed. */
        PROTECTED_SYMLINKS("fs/protected_symlinks", 0, 0, 1),
        /** Whether O_CREAT refuses regular files of others in sticky directories. */
        PROTECTED_REGULAR("fs/protected_regular", 0, 0, 2),
        /** The same for fifos. */
        PROTECTED_FIFOS("fs/protected_fifos", 0, 0, 2),
        /** Ids of tasks are below this: RESERVED_PIDS, PID_MAX_LIMIT of Linux. */
        PID_MAX("kernel/pid_max", 32768, 301, 4 << 20),
        /** What sched_rr_get_interval(2) tells of SCHED_RR; 0 and less mean the default. */
        SCHED_RR_TIMESLICE_MS(
                "kernel/sched_rr_timeslice_ms", 100, Integer.MIN_VALUE, Integer.MAX_VALUE);

        private final String path;
        private final int initial;
        private final int least;
        private final int most;

        Setting(String path, int initial) {
            this(path, initial, 0, Integer.MAX_VALUE);
        }

        Setting(String path, int initial, int least, int most) {
            this.path = path;
            this.initial = initial;
            this.least = least;
            this.most = most;
        }

        /** What it is until somebody changes it. */
        public int initial() {
            return initial;
        }

        /** The smallest value. */
        public int least() {
            return least;
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
     * @param value between the setting's least and most
     */
    public void set(Setting setting, int value) {
        changed.put(setting, value);
    }
}

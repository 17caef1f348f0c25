package dev.moat.vfs.inotify;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.VfsSettings;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/**
 * How many inotify instances and watches each user has, against the limits of {@code
 * /proc/sys/fs/inotify}. Thread safe.
 */
@Stateful
final class InotifyUsage {
    private final VfsSettings settings;

    /** By user id; users with none are not in. */
    private final Map<Integer, Integer> instances = new ConcurrentHashMap<>();

    private final Map<Integer, Integer> watches = new ConcurrentHashMap<>();

    InotifyUsage(VfsSettings settings) {
        this.settings = settings;
    }

    /** How many events an instance that is made now keeps. */
    int maxQueuedEvents() {
        return settings.get(VfsSettings.Setting.INOTIFY_MAX_QUEUED_EVENTS);
    }

    /**
     * @throws ErrnoException EMFILE
     */
    void addInstance(int uid) {
        add(instances, uid, VfsSettings.Setting.INOTIFY_MAX_USER_INSTANCES, Errno.EMFILE);
    }

    void removeInstance(int uid) {
        remove(instances, uid);
    }

    /**
     * @throws ErrnoException ENOSPC
     */
    void addWatch(int uid) {
        add(watches, uid, VfsSettings.Setting.INOTIFY_MAX_USER_WATCHES, Errno.ENOSPC);
    }

    void removeWatch(int uid) {
        remove(watches, uid);
    }

    private void add(
            Map<Integer, Integer> counts, int uid, VfsSettings.Setting limit, Errno error) {
        int most = settings.get(limit);
        counts.compute(
                uid,
                (user, had) -> {
                    int count = had == null ? 0 : had;
                    if (count >= most) {
                        throw error.exception();
                    }
                    return count + 1;
                });
    }

    private static void remove(Map<Integer, Integer> counts, int uid) {
        counts.computeIfPresent(uid, (user, had) -> had == 1 ? null : Integer.valueOf(had - 1));
    }
}

package dev.moat.fs.host;

import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;

/**
 * The mapped files of one instance by least recent use: pages of programs and libraries stay for
 * the next exec, within bounds of number and size.
 */
@Stateful
final class ContentCache {
    private static final int MAX_FILES = 512;
    private static final long MAX_BYTES = 512L << 20;

    /** How many files one insertion looks at, so that its cost stays bounded. */
    private static final int SCAN = 16;

    private final RankedLock lock = new RankedLock(LockRank.VFS_RENAME);
    private final LinkedHashSet<HostRegular> byUse = new LinkedHashSet<>();

    /** Notes a use; may end the pages of files that were not used for long. */
    void used(HostRegular file) {
        List<HostRegular> candidates = List.of();
        lock.lock();
        try {
            boolean added = !byUse.remove(file);
            if (added) {
                // unlinked files gave their pages up by themselves
                byUse.removeIf(other -> other.content() == null);
            }
            byUse.add(file);
            if (added && (byUse.size() > MAX_FILES || sizeLocked() > MAX_BYTES)) {
                candidates = oldestLocked(file);
            }
        } finally {
            lock.unlock();
        }
        for (HostRegular candidate : candidates) {
            if (candidate.dropContent()) {
                forget(candidate);
            }
        }
    }

    void writeBackAll() {
        for (HostRegular file : copy()) {
            MappedContent content = file.content();
            if (content != null) {
                content.writeBack();
            }
        }
    }

    void close() {
        for (HostRegular file : copy()) {
            file.closeContent();
            forget(file);
        }
    }

    private void forget(HostRegular file) {
        lock.lock();
        try {
            byUse.remove(file);
        } finally {
            lock.unlock();
        }
    }

    private List<HostRegular> copy() {
        lock.lock();
        try {
            return List.copyOf(byUse);
        } finally {
            lock.unlock();
        }
    }

    private long sizeLocked() {
        long bytes = 0;
        for (HostRegular file : byUse) {
            MappedContent content = file.content();
            if (content != null) {
                bytes += content.pages().allocatedBytes();
            }
        }
        return bytes;
    }

    private List<HostRegular> oldestLocked(HostRegular newest) {
        List<HostRegular> oldest = new ArrayList<>(SCAN);
        for (HostRegular file : byUse) {
            if (oldest.size() == SCAN) {
                break;
            }
            if (file != newest) {
                oldest.add(file);
            }
        }
        return oldest;
    }
}

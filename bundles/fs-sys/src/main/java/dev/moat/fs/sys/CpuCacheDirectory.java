package dev.moat.fs.sys;

import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.FileDescription;
import dev.moat.api.vfs.Inode;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * {@code cpu*&#47;cache}: filled when somebody looks, because it takes dozens of questions to the
 * host, and few look.
 */
@Stateful
final class CpuCacheDirectory extends SysDirectory {
    private final RankedLock lock = new RankedLock(LockRank.TASK);

    /** Null once the directory is filled; written under the lock. */
    private volatile @Nullable CpuCaches caches;

    CpuCacheDirectory(SysDirectory parent, CpuCaches caches) {
        super(parent);
        this.caches = caches;
    }

    private void fill() {
        CpuCaches asked = caches;
        if (asked == null) {
            return;
        }
        Map<String, Map<String, String>> found = asked.read();
        lock.lock();
        try {
            if (caches != null) {
                found.forEach((name, values) -> values.forEach(directory(name)::file));
                caches = null;
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    int links() {
        fill();
        return super.links();
    }

    @Override
    public @Nullable Inode lookup(String name) {
        fill();
        return super.lookup(name);
    }

    @Override
    public long list(long from, FileDescription.DirectorySink sink) {
        fill();
        return super.list(from, sink);
    }
}

package dev.moat.fs.tmpfs;

import dev.moat.abi.Errno;
import dev.moat.abi.ErrnoException;
import dev.moat.api.mm.HugePagePool;
import dev.moat.api.mm.HugePageShare;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.Filesystem;
import dev.moat.api.vfs.FilesystemType;
import dev.moat.api.vfs.MountRequest;
import dev.moat.api.vfs.OptionKind;
import java.util.Map;
import org.osgi.service.component.annotations.Component;

/** The type {@code hugetlbfs}. */
@Component(service = FilesystemType.class, property = "moat.filesystem=hugetlbfs")
public final class HugetlbfsType implements FilesystemType {
    @Override
    public String name() {
        return "hugetlbfs";
    }

    @Override
    public Filesystem open(MountRequest request) {
        return open(request, parse(request));
    }

    /** The root belongs to who mounts, or to whom he names in his user namespace. */
    @Override
    public Filesystem open(MountRequest request, Task mounter) {
        return open(request, parse(request).of(mounter.credentials(), request.options().keySet()));
    }

    private static HugetlbfsOptions parse(MountRequest request) {
        HugePagePool.Counts counts = request.sandbox().memory().hugePages().counts();
        return HugetlbfsOptions.parse(request.options(), counts.total() - counts.surplus());
    }

    private Filesystem open(MountRequest request, HugetlbfsOptions options) {
        HugePagePool pool = request.sandbox().memory().hugePages();
        HugePageShare share = pool.newShare(options.mostPages(), options.leastPages());
        try {
            return new HugetlbfsFilesystem(this, request, options, pool, share);
        } catch (ErrnoException noRoot) {
            share.close();
            // hugetlbfs_fill_super() says so whatever the reason is
            throw Errno.ENOMEM.exception();
        }
    }

    @Override
    public Map<String, OptionKind> options() {
        return HugetlbfsOptions.KINDS;
    }

    @Override
    public void close(Filesystem filesystem) {
        ((HugetlbfsFilesystem) filesystem).close();
    }
}

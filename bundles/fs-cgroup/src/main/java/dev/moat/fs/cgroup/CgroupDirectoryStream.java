package dev.moat.fs.cgroup;

import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.ListedStream;
import dev.moat.api.vfs.ListedStreamUpgrade;

/** An open directory. */
@Stateful(version = 2, upgrade = ListedStreamUpgrade.class)
final class CgroupDirectoryStream extends ListedStream<CgroupDirectory> {
    CgroupDirectoryStream(CgroupDirectory directory, int flags) {
        super(directory, flags);
    }
}

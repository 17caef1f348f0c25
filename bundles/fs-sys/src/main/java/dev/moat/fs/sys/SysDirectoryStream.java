package dev.moat.fs.sys;

import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.ListedStream;
import dev.moat.api.vfs.ListedStreamUpgrade;

/** An open directory. */
@Stateful(version = 2, upgrade = ListedStreamUpgrade.class)
final class SysDirectoryStream extends ListedStream<SysDirectory> {
    SysDirectoryStream(SysDirectory directory, int flags) {
        super(directory, flags);
    }
}

package dev.moat.fs.dev;

import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.ListedStream;
import dev.moat.api.vfs.ListedStreamUpgrade;

/** An open directory of a {@code devtmpfs}. */
@Stateful(version = 2, upgrade = ListedStreamUpgrade.class)
final class DevDirectoryStream extends ListedStream<DevDirectory> {
    DevDirectoryStream(DevDirectory directory, int flags) {
        super(directory, flags);
    }
}

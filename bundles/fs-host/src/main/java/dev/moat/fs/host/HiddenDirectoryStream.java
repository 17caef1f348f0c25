package dev.moat.fs.host;

import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.ListedStream;
import dev.moat.api.vfs.ListedStreamUpgrade;

/** An open {@link HiddenDirectory}: nothing but the two entries that every directory has. */
@Stateful(version = 2, upgrade = ListedStreamUpgrade.class)
final class HiddenDirectoryStream extends ListedStream<HiddenDirectory> {
    HiddenDirectoryStream(HiddenDirectory directory, int flags) {
        super(directory, flags);
    }
}

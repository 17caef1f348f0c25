package dev.moat.fs.erofs;

import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.ListedStream;
import dev.moat.api.vfs.ListedStreamUpgrade;

/** An open directory of an image: a position is a block and an entry of it. */
@Stateful(version = 2, upgrade = ListedStreamUpgrade.class)
final class ErofsDirectoryStream extends ListedStream<ErofsDirectory> {
    ErofsDirectoryStream(ErofsDirectory directory, int flags) {
        super(directory, flags);
    }
}

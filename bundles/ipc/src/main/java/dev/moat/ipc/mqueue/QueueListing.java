package dev.moat.ipc.mqueue;

import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.ListedStream;
import dev.moat.api.vfs.ListedStreamUpgrade;

/** The open directory. */
@Stateful(version = 2, upgrade = ListedStreamUpgrade.class)
final class QueueListing extends ListedStream<QueueDirectory> {
    QueueListing(QueueDirectory directory, int flags) {
        super(directory, flags);
    }
}

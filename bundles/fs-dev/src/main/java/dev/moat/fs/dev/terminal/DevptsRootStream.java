package dev.moat.fs.dev.terminal;

import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.ListedStream;
import dev.moat.api.vfs.ListedStreamUpgrade;

/** The open root of a devpts. */
@Stateful(version = 2, upgrade = ListedStreamUpgrade.class)
final class DevptsRootStream extends ListedStream<DevptsRoot> {
    DevptsRootStream(DevptsRoot directory, int flags) {
        super(directory, flags);
    }
}

package dev.moat.example.tally;

import dev.moat.api.swap.Stateful;
import dev.moat.api.vfs.ListedStream;

/** The open directory. */
@Stateful
final class TallyDirectoryStream extends ListedStream<TallyDirectory> {
    TallyDirectoryStream(TallyDirectory directory, int flags) {
        super(directory, flags);
    }
}

package dev.moat.api.mm;

/**
 * Pages of an area by who has them, in bytes; smaps in proc_pid_smaps(5).
 *
 * @param proportionalBytes each page divided by the number of times that it is mapped
 * @param anonymousBytes pages that no file backs
 * @param mostMappings how often the page that is mapped most often is
 * @param hugeBytes those that were made as huge pages, and lie so
 * @param sharedPoolBytes huge pages of the {@link HugePagePool} that others have, too: they count
 *     as nothing else, as those
 * @param privatePoolBytes that nobody else has
 */
public record PageCounts(
        long residentBytes,
        long proportionalBytes,
        long sharedCleanBytes,
        long sharedDirtyBytes,
        long privateCleanBytes,
        long privateDirtyBytes,
        long anonymousBytes,
        int mostMappings,
        long hugeBytes,
        long sharedPoolBytes,
        long privatePoolBytes) {
    public static final PageCounts NONE = new PageCounts(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

    public PageCounts plus(PageCounts other) {
        return new PageCounts(
                residentBytes + other.residentBytes,
                proportionalBytes + other.proportionalBytes,
                sharedCleanBytes + other.sharedCleanBytes,
                sharedDirtyBytes + other.sharedDirtyBytes,
                privateCleanBytes + other.privateCleanBytes,
                privateDirtyBytes + other.privateDirtyBytes,
                anonymousBytes + other.anonymousBytes,
                Math.max(mostMappings, other.mostMappings),
                hugeBytes + other.hugeBytes,
                sharedPoolBytes + other.sharedPoolBytes,
                privatePoolBytes + other.privatePoolBytes);
    }
}

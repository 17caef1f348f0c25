package dev.moat.fs.fuse;

/**
 * {@code struct fuse_entry_out}: a name and what it leads to.
 *
 * @param node 0: there is nothing of that name
 * @param validNs until when the name holds, on the monotonic clock
 */
record FuseEntry(long node, long generation, long validNs) {
    static final int BYTES = 40 + FuseAttributes.BYTES;

    static FuseEntry read(Answer answer, long nowNs) {
        return new FuseEntry(
                answer.u64(0),
                answer.u64(8),
                FuseAttributes.until(nowNs, answer.u64(16), answer.u32(32)));
    }

    /** The attributes that come with it, of a node: EIO. */
    static FuseAttributes attributes(Answer answer, FuseFilesystem filesystem) {
        long validNs =
                FuseAttributes.until(filesystem.monotonicNs(), answer.u64(24), answer.u32(36));
        return FuseAttributes.read(answer, 40, filesystem.connection().users(), validNs);
    }
}

package dev.moat.api.host;

/** What statfs(2) says of a host file system; sizes are counted in {@code blockSizeBytes}. */
public record HostStatfs(
        long type,
        long blockSizeBytes,
        long blocks,
        long freeBlocks,
        long availableBlocks,
        long files,
        long freeFiles,
        long fsid,
        long nameLength,
        long fragmentSizeBytes,
        long flags) {}

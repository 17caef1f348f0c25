package dev.moat.api.vfs;

/**
 * What stat(2) tells of an inode.
 *
 * @param mode type and permission bits (S_IF*)
 * @param links hard links
 * @param sizeBytes size
 * @param blocks units of 512 bytes
 * @param rdev device number of a device node
 * @param atimeNs since the epoch, as the others
 * @param btimeNs birth time, Long.MIN_VALUE if unknown
 */
public record Attributes(
        long device,
        long inode,
        int mode,
        long links,
        int uid,
        int gid,
        long rdev,
        long sizeBytes,
        int blockSizeBytes,
        long blocks,
        long atimeNs,
        long mtimeNs,
        long ctimeNs,
        long btimeNs) {}

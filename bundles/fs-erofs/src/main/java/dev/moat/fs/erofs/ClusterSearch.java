package dev.moat.fs.erofs;

import dev.moat.abi.Errno;

/** Finds the physical cluster that a place of a compressed file is in: z_erofs_map_blocks_fo(). */
final class ClusterSearch {
    private final ErofsFilesystem filesystem;
    private final Node node;
    private final ClusterMap map;
    private final int bits;

    private ClusterSearch(ErofsFilesystem filesystem, Node node, ClusterMap map) {
        this.filesystem = filesystem;
        this.node = node;
        this.map = map;
        this.bits = map.clusterBits();
    }

    /** EUCLEAN, EINVAL, EOPNOTSUPP. */
    static Extent find(ErofsInode inode, long offset) {
        Node node = inode.node();
        ClusterMap map = inode.clusters();
        return map.isFragment()
                ? new Extent.Fragment(map.fragmentAt() + offset, node.sizeBytes() - offset)
                : new ClusterSearch(inode.mounted(), node, map).find(offset);
    }

    private Extent find(long offset) {
        IndexEntry head = head(entry(offset >>> bits), offset);
        long start = startOf(head);
        long end = end(head);
        if (offset < start || offset >= end) {
            throw Errno.EUCLEAN.exception();
        }
        if (map.hasInlineEnd() || map.hasFragmentEnd()) {
            long last = node.sizeBytes() - 1;
            IndexEntry ending = entry(last >>> bits);
            IndexEntry lastHead = head(ending, last);
            if (head.number() == lastHead.number()) {
                return map.hasInlineEnd()
                        ? packed(head, ending.behindAt(), map.inlineBytes(), end, offset)
                        : fragment(lastHead, offset);
            }
        }
        long at = head.block() << filesystem.superblock().blockBits();
        long packed = blocks(head) << filesystem.superblock().blockBits();
        return packed(head, at, packed, end, offset);
    }

    private Extent fragment(IndexEntry head, long offset) {
        long high = node.layout() == Node.Layout.COMPRESSED_FULL ? head.block() << 32 : 0;
        long at = (map.fragmentAt() | high) + offset - startOf(head);
        return new Extent.Fragment(at, node.sizeBytes() - offset);
    }

    private Extent packed(IndexEntry head, long at, long packedBytes, long end, long offset) {
        int block = filesystem.superblock().blockBytes();
        long start = startOf(head);
        if (packedBytes > Cluster.MOST_PACKED_BYTES) {
            throw Errno.EOPNOTSUPP.exception();
        }
        Codec codec = map.codec(head.type());
        if (codec != Codec.NONE && (filesystem.packing().codecs() & 1 << codec.ordinal()) == 0) {
            throw Errno.EUCLEAN.exception();
        }
        int rotation = codec == Codec.NONE && map.interlaced() ? (int) (start & block - 1) : 0;
        return new Extent.Packed(
                new Cluster(at, (int) packedBytes, (int) (end - start), codec, rotation),
                (int) (offset - start));
    }

    private IndexEntry entry(long number) {
        return ClusterIndex.read(filesystem, node, map, number);
    }

    private long startOf(IndexEntry head) {
        return (head.number() << bits) + head.offsetBytes();
    }

    /** The one that the place belongs to: z_erofs_extent_lookback(). */
    private IndexEntry head(IndexEntry first, long offset) {
        IndexEntry entry = first;
        long back = entry.back();
        if (entry.isHead()) {
            if (offset >= startOf(entry)) {
                return entry;
            }
            back = 1;
        }
        do {
            if (back == 0
                    || back > entry.number()
                    || first.number() - entry.number() > Cluster.MOST_UNPACKED_BYTES >> bits) {
                throw Errno.EUCLEAN.exception();
            }
            entry = entry(entry.number() - back);
            back = entry.back();
        } while (!entry.isHead());
        return entry;
    }

    /** In the file: where the next one begins: z_erofs_get_extent_decompressedlen(). */
    private long end(IndexEntry head) {
        long start = startOf(head);
        long number = head.number() + 1;
        while (number << bits < node.sizeBytes()) {
            if ((number << bits) - start > Cluster.MOST_UNPACKED_BYTES) {
                throw Errno.EOPNOTSUPP.exception();
            }
            IndexEntry next = entry(number);
            if (next.isHead()) {
                return Math.min(startOf(next), node.sizeBytes());
            }
            number += next.ahead();
        }
        if (node.sizeBytes() - start > Cluster.MOST_UNPACKED_BYTES) {
            throw Errno.EOPNOTSUPP.exception();
        }
        return node.sizeBytes();
    }

    /**
     * z_erofs_get_extent_compressedlen(): the entry behind a head says how many, or there is one.
     */
    private long blocks(IndexEntry head) {
        boolean big = head.type() == IndexEntry.Type.HEAD_ONE ? map.bigOne() : map.bigTwo();
        long number = head.number() + 1;
        if (!big || number << bits >= node.sizeBytes()) {
            return 1;
        }
        IndexEntry next = entry(number);
        if (next.isHead()) {
            return 1;
        }
        if (next.back() != 1 || next.blocks() == 0) {
            throw Errno.EUCLEAN.exception();
        }
        return next.blocks();
    }
}

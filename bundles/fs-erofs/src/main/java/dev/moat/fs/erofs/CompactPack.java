package dev.moat.fs.erofs;

import dev.moat.abi.Errno;
import java.nio.ByteBuffer;

/**
 * Entries of an index that share the number of a block: each has some bits and a type of two bits;
 * the block of the first one stands at the end, those of the others follow from it.
 */
final class CompactPack {
    private final ByteBuffer bytes;
    private final int count;
    private final boolean big;
    private final int lowBits;
    private final int entryBits;

    CompactPack(ByteBuffer bytes, int count, ClusterMap map) {
        this.bytes = bytes;
        this.count = count;
        this.big = map.bigOne();
        this.lowBits = Math.max(map.clusterBits(), 12);
        this.entryBits = (bytes.capacity() - Integer.BYTES) * 8 / count;
    }

    private int bits(int index) {
        int at = index * entryBits;
        return bytes.getInt(at / 8) >>> at % 8;
    }

    private int low(int index) {
        return bits(index) & (1 << lowBits) - 1;
    }

    private IndexEntry.Type type(int index) {
        return IndexEntry.Type.values()[bits(index) >>> lowBits & 3];
    }

    private boolean isHead(int index) {
        return type(index) != IndexEntry.Type.NO_HEAD;
    }

    private static boolean hasBlocks(int low) {
        return (low & ClusterIndex.BLOCKS_FLAG) != 0;
    }

    /** EUCLEAN. */
    IndexEntry entry(long number, int index, long behindAt) {
        int low = low(index);
        if (isHead(index)) {
            long block = Integer.toUnsignedLong(bytes.getInt(bytes.capacity() - Integer.BYTES));
            block += big ? blocksBeforeBig(index) : blocksBefore(index);
            return IndexEntry.head(number, type(index), low, block, false, behindAt);
        }
        int ahead = ahead(index);
        if (hasBlocks(low)) {
            if (!big) {
                throw Errno.EUCLEAN.exception();
            }
            return IndexEntry.inside(number, 1, ahead, low & ~ClusterIndex.BLOCKS_FLAG, behindAt);
        }
        // the last one says how far it is ahead; how far back follows from the one before
        int back = index + 1 < count ? low : backBefore(index) + 1;
        return IndexEntry.inside(number, back, ahead, 0, behindAt);
    }

    private int backBefore(int index) {
        if (isHead(index - 1)) {
            return 0;
        }
        int low = low(index - 1);
        return hasBlocks(low) ? 1 : low;
    }

    /** get_compacted_la_distance(): to the next head, or to what knows more. */
    private int ahead(int index) {
        int distance = 0;
        for (int i = index; i < count; i++) {
            if (isHead(i)) {
                return distance;
            }
            distance++;
        }
        int last = low(count - 1);
        return hasBlocks(last) ? distance : distance + last - 1;
    }

    private int blocksBefore(int index) {
        int blocks = 1;
        int at = index;
        while (at > 0) {
            at--;
            if (!isHead(at)) {
                at -= low(at);
            }
            if (at >= 0) {
                blocks++;
            }
        }
        return blocks;
    }

    private int blocksBeforeBig(int index) {
        int blocks = 0;
        int at = index;
        while (at > 0) {
            at--;
            int low = low(at);
            if (isHead(at)) {
                blocks++;
            } else if (hasBlocks(low)) {
                at--;
                blocks += low & ~ClusterIndex.BLOCKS_FLAG;
            } else if (low <= 1) {
                throw Errno.EUCLEAN.exception();
            } else {
                at -= low - 2;
            }
        }
        return blocks;
    }
}

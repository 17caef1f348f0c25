package dev.moat.vfs.fake;

import dev.moat.abi.Errno;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.IoBuffer;
import dev.moat.api.mm.PageQuota;
import dev.moat.api.platform.Access;
import java.lang.foreign.MemorySegment;
import java.util.Arrays;
import java.util.TreeSet;

/** File content in an array; counts pages that were written. */
final class FakePages implements FilePages {
    private static final int PAGE = 4096;

    private final PageQuota quota;
    private final TreeSet<Long> pages = new TreeSet<>();
    private byte[] bytes = new byte[0];
    private long size;
    private boolean closed;

    FakePages(PageQuota quota) {
        this.quota = quota;
    }

    boolean isClosed() {
        return closed;
    }

    @Override
    public long sizeBytes() {
        return size;
    }

    @Override
    public void truncate(long newSizeBytes) {
        if (newSizeBytes < size && newSizeBytes < bytes.length) {
            Arrays.fill(bytes, (int) newSizeBytes, bytes.length, (byte) 0);
        }
        size = newSizeBytes;
        long firstGone = (newSizeBytes + PAGE - 1) / PAGE;
        quota.uncharge(pages.tailSet(firstGone).size());
        pages.tailSet(firstGone).clear();
    }

    @Override
    public long read(long fileOffset, IoBuffer target) {
        long length = Math.min(target.remaining(), size - fileOffset);
        if (length <= 0) {
            return 0;
        }
        long stored = Math.min(length, Math.max(0, bytes.length - fileOffset));
        long moved = stored == 0 ? 0 : target.put(MemorySegment.ofArray(bytes), fileOffset, stored);
        return moved < stored ? moved : moved + target.putZeros(length - stored);
    }

    @Override
    public long write(long fileOffset, IoBuffer source) {
        long end = fileOffset + source.remaining();
        for (long page = fileOffset / PAGE; page * PAGE < end; page++) {
            if (!pages.contains(page)) {
                if (!quota.charge(1)) {
                    throw Errno.ENOSPC.exception();
                }
                pages.add(page);
            }
        }
        if (end > bytes.length) {
            bytes = Arrays.copyOf(bytes, (int) Math.max(end, bytes.length * 2L));
        }
        long moved = source.get(MemorySegment.ofArray(bytes), fileOffset, source.remaining());
        size = Math.max(size, fileOffset + moved);
        return moved;
    }

    @Override
    public void punch(long fileOffset, long lengthBytes) {
        int end = (int) Math.min(bytes.length, fileOffset + lengthBytes);
        if (fileOffset < end) {
            Arrays.fill(bytes, (int) fileOffset, end, (byte) 0);
        }
    }

    @Override
    public void reserve(long fileOffset, long lengthBytes) {
        for (long page = fileOffset / PAGE; page * PAGE < fileOffset + lengthBytes; page++) {
            if (pages.add(page) && !quota.charge(1)) {
                throw Errno.ENOSPC.exception();
            }
        }
    }

    @Override
    public boolean hasWritableMappings() {
        return false;
    }

    @Override
    public long seekData(long fileOffset) {
        return fileOffset < size ? fileOffset : -1;
    }

    @Override
    public long seekHole(long fileOffset) {
        return fileOffset <= size ? size : -1;
    }

    @Override
    public long allocatedBytes() {
        return pages.size() * (long) PAGE;
    }

    @Override
    public void drop(long fileOffset, long lengthBytes) {}

    @Override
    public boolean isMapped() {
        return false;
    }

    @Override
    public void close() {
        quota.uncharge(pages.size());
        pages.clear();
        closed = true;
    }

    @Override
    public long mappableId() {
        return System.identityHashCode(this);
    }

    @Override
    public Translation translate(long offset, long maxBytes, Access access) {
        return Translation.NONE;
    }

    @Override
    public void addMapper(Mapper mapper, long offset, long lengthBytes, boolean writableShared) {}

    @Override
    public void removeMapper(
            Mapper mapper, long offset, long lengthBytes, boolean writableShared) {}

    @Override
    public void writeBack(long offset, long lengthBytes) {}
}

package dev.moat.fs.dev;

import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.Mappable;
import dev.moat.api.mm.MemoryService.SandboxMemory;
import dev.moat.api.mm.PageQuota;
import dev.moat.api.platform.Access;
import dev.moat.api.swap.Stateful;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * Memory behind one mmap(2) of {@code /dev/zero}; it is freed with the last address space that maps
 * it.
 */
@Stateful
final class ZeroMemory implements Mappable {
    /** No mapping reaches behind it: the guest's address space has 47 bits. */
    private static final long SIZE_BYTES = 1L << 47;

    private final FilePages pages;

    /**
     * A mapper that splits registers its parts before it takes back the whole: zero means unused.
     */
    private final AtomicInteger mappers = new AtomicInteger();

    ZeroMemory(SandboxMemory memory) {
        this.pages = memory.newFilePages(PageQuota.Unlimited.INSTANCE);
        pages.truncate(SIZE_BYTES);
    }

    @Override
    public long mappableId() {
        return pages.mappableId();
    }

    @Override
    public Mappable backing() {
        return pages;
    }

    @Override
    public void punch(long fileOffset, long lengthBytes) {
        pages.punch(fileOffset, lengthBytes);
    }

    @Override
    public Translation translate(long offset, long maxBytes, Access access) {
        return pages.translate(offset, maxBytes, access);
    }

    @Override
    public void addMapper(Mapper mapper, long offset, long lengthBytes, boolean writableShared) {
        mappers.incrementAndGet();
        pages.addMapper(mapper, offset, lengthBytes, writableShared);
    }

    @Override
    public void removeMapper(Mapper mapper, long offset, long lengthBytes, boolean writableShared) {
        pages.removeMapper(mapper, offset, lengthBytes, writableShared);
        if (mappers.decrementAndGet() == 0) {
            pages.close();
        }
    }

    @Override
    public void writeBack(long offset, long lengthBytes) {}
}

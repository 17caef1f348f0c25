package dev.moat.fs.tmpfs;

import dev.moat.abi.Errno;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.Mappable;
import dev.moat.api.platform.Access;
import java.util.concurrent.atomic.AtomicInteger;

/** The pages of a memfd: counts writable shared mappings, and refuses them once the file is sealed. */
final class SealedPages implements Mappable {
    private final TmpfsRegular file;
    private final FilePages pages;
    private final AtomicInteger writable = new AtomicInteger();

    SealedPages(TmpfsRegular file, FilePages pages) {
        this.file = file;
        this.pages = pages;
    }

    boolean hasWritableMappings() {
        return writable.get() > 0;
    }

    @Override
    public long mappableId() {
        return pages.mappableId();
    }

    @Override
    public Translation translate(long offset, long maxBytes, Access access) {
        return pages.translate(offset, maxBytes, access);
    }

    @Override
    public void addMapper(Mapper mapper, long offset, long lengthBytes, boolean writableShared) {
        if (writableShared) {
            writable.incrementAndGet();
            if (file.isSealedForWriting()) {
                writable.decrementAndGet();
                throw Errno.EPERM.exception();
            }
        }
        pages.addMapper(mapper, offset, lengthBytes, writableShared);
    }

    @Override
    public void removeMapper(
            Mapper mapper, long offset, long lengthBytes, boolean writableShared) {
        pages.removeMapper(mapper, offset, lengthBytes, writableShared);
        if (writableShared) {
            writable.decrementAndGet();
        }
    }

    @Override
    public void writeBack(long offset, long lengthBytes) {
        pages.writeBack(offset, lengthBytes);
    }
}

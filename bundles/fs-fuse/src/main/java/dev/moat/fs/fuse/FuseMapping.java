package dev.moat.fs.fuse;

import dev.moat.abi.Errno;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.Mappable;
import dev.moat.api.platform.Access;
import dev.moat.api.swap.Stateful;

/**
 * The pages of a file of a server for who maps them. What is written to a shared mapping would not
 * get to the server: ENODEV, as for a file without a cache.
 */
@Stateful
final class FuseMapping implements Mappable {
    private final FilePages pages;

    FuseMapping(FilePages pages) {
        this.pages = pages;
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
            throw Errno.ENODEV.exception();
        }
        pages.addMapper(mapper, offset, lengthBytes, false);
    }

    @Override
    public void removeMapper(Mapper mapper, long offset, long lengthBytes, boolean writableShared) {
        pages.removeMapper(mapper, offset, lengthBytes, writableShared);
    }

    @Override
    public Mappable backing() {
        return pages;
    }

    @Override
    public void writeBack(long offset, long lengthBytes) {
        // Nothing was written.
    }
}

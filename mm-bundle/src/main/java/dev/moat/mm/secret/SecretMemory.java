package dev.moat.mm.secret;

import dev.moat.abi.Errno;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.Mappable;
import dev.moat.api.platform.Access;
import dev.moat.api.swap.Stateful;

/** The pages of a secret file as they are mapped. */
@Stateful
final class SecretMemory implements Mappable {
    private final FilePages pages;

    SecretMemory(FilePages pages) {
        this.pages = pages;
    }

    @Override
    public boolean isSecret() {
        return true;
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
    public Translation translate(long offset, long maxBytes, Access access) {
        return pages.translate(offset, maxBytes, access);
    }

    @Override
    public void addMapper(Mapper mapper, long offset, long lengthBytes, boolean writableShared) {
        pages.addMapper(mapper, offset, lengthBytes, writableShared);
    }

    @Override
    public void removeMapper(Mapper mapper, long offset, long lengthBytes, boolean writableShared) {
        pages.removeMapper(mapper, offset, lengthBytes, writableShared);
    }

    /** EINVAL: the file has no fsync, which msync(2) asks for. */
    @Override
    public void writeBack(long offset, long lengthBytes) {
        throw Errno.EINVAL.exception();
    }
}

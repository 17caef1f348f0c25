package dev.moat.mm;

import dev.moat.abi.ErrnoException;

/** Pages that were charged for a write before the file's lock is taken; what is left goes back. */
final class WriteBudget {
    private final PagedFile file;
    private long pages;

    /** Behind the last page that was made for the write. */
    private long madeEnd;

    WriteBudget(PagedFile file) {
        this.file = file;
    }

    long pages() {
        return pages;
    }

    /** Pages {@code [from, to)} of the file were made. */
    void use(long from, long to) {
        pages -= to - from;
        madeEnd = to;
    }

    long madeEnd() {
        return madeEnd;
    }

    /**
     * Charges pages for a write of {@code lengthBytes} at {@code fileOffset}; as many as it may
     * need, or one.
     *
     * @param started whether something was written already
     * @return false if there is no memory and something was written
     * @throws dev.moat.abi.ErrnoException ENOSPC, ENOMEM if nothing was written
     */
    boolean take(long fileOffset, long lengthBytes, boolean started) {
        long first = fileOffset >>> Pages.SHIFT;
        long wanted = ((fileOffset + lengthBytes + Pages.MASK) >>> Pages.SHIFT) - first;
        if (wanted > 1 && file.memory.tryChargeFile(file.quota, wanted)) {
            pages += wanted;
            return true;
        }
        try {
            file.memory.chargeFile(file.quota, 1);
            pages++;
            return true;
        } catch (ErrnoException e) {
            if (started) {
                return false;
            }
            throw e;
        }
    }

    void giveBack() {
        if (pages > 0) {
            file.memory.unchargeFile(file.quota, pages);
            pages = 0;
        }
    }
}

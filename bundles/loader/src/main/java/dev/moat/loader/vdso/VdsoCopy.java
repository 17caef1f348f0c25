package dev.moat.loader.vdso;

import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.KernelBuffer;
import dev.moat.api.mm.Mappable;
import dev.moat.api.mm.PageQuota;
import dev.moat.api.platform.Access;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Restorable;
import dev.moat.api.swap.Stateful;

/**
 * One sandbox' copy of the vDSO and of its clock page, which lie in the sandbox' memory file as
 * long as that lives. The page is kept right by the keeper of the moment.
 */
@Stateful
final class VdsoCopy implements Restorable, AutoCloseable {
    private static final String PART = "loader.vdso";

    private final Sandbox sandbox;
    private final ClockKeeper keeper;
    private final FilePages pages;

    /** Where the clock page lies in the memory file. */
    private final long clockOffset;

    /** Whether there is a clock page. */
    private final boolean hasPage;

    private VdsoCopy(Sandbox sandbox, byte[] image, ClockKeeper keeper) {
        this.sandbox = sandbox;
        this.keeper = keeper;
        this.pages = sandbox.memory().newFilePages(PageQuota.Unlimited.INSTANCE);
        pages.write(0, KernelBuffer.of(new byte[ClockPage.SIZE_BYTES]));
        pages.write(ClockPage.SIZE_BYTES, KernelBuffer.of(image));
        this.hasPage = canAnswer();
        if (hasPage) {
            // The reference that comes with the translation stays: the page lives as long as the
            // memory file.
            Mappable.Translation page = pages.translate(0, ClockPage.SIZE_BYTES, Access.WRITE);
            this.clockOffset = page.memoryFileOffset();
            register();
        } else {
            this.clockOffset = 0;
        }
    }

    /** The copy of {@code sandbox}, made on first use. */
    static VdsoCopy of(Sandbox sandbox, byte[] image, ClockKeeper keeper) {
        return (VdsoCopy) sandbox.part(PART, () -> new VdsoCopy(sandbox, image, keeper));
    }

    FilePages pages() {
        return pages;
    }

    @Override
    public void saving() {
        keeper.remove(this);
    }

    @Override
    public void restored() {
        if (hasPage) {
            register();
        }
    }

    @Override
    public void close() {
        keeper.remove(this);
    }

    /** Whether the vDSO answers by itself here. */
    private boolean canAnswer() {
        return keeper.isUsable() && sandbox.platform().sharesTimestampCounter();
    }

    private void register() {
        int memoryFd = sandbox.memory().file().hostFd();
        if (canAnswer()) {
            keeper.add(this, memoryFd, clockOffset, sandbox.clock());
        } else {
            keeper.retire(memoryFd, clockOffset, sandbox.clock());
        }
    }
}

package dev.moat.loader.vdso;

import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.KernelBuffer;
import dev.moat.api.mm.Mappable;
import dev.moat.api.mm.PageQuota;
import dev.moat.api.namespace.Namespace;
import dev.moat.api.namespace.NamespacePart;
import dev.moat.api.namespace.TimeSpace;
import dev.moat.api.platform.Access;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.swap.Restorable;
import dev.moat.api.swap.Stateful;
import org.jspecify.annotations.Nullable;

/**
 * One sandbox' copy of the vDSO and of its clock page, which lie in the sandbox' memory file as
 * long as that lives; or the clock page alone of one of its time namespaces, as long as that lives.
 * The page is kept right by the keeper of the moment.
 */
@Stateful
final class VdsoCopy implements Restorable, NamespacePart, AutoCloseable {
    private static final String PART = "loader.vdso";

    private final Sandbox sandbox;
    private final ClockKeeper keeper;
    private final FilePages pages;

    /** Whose clocks the page shows; null: the sandbox' own. */
    private final @Nullable TimeSpace time;

    /** Where the clock page lies in the memory file. */
    private final long clockOffset;

    /** Whether there is a clock page. */
    private final boolean hasPage;

    private VdsoCopy(Sandbox sandbox, byte[] image, ClockKeeper keeper, @Nullable TimeSpace time) {
        this.sandbox = sandbox;
        this.keeper = keeper;
        this.time = time;
        this.pages = sandbox.memory().newFilePages(PageQuota.Unlimited.INSTANCE);
        pages.write(0, KernelBuffer.of(new byte[ClockPage.SIZE_BYTES]));
        if (image.length > 0) {
            pages.write(ClockPage.SIZE_BYTES, KernelBuffer.of(image));
        }
        this.hasPage = canAnswer();
        if (hasPage) {
            // The reference that comes with the translation stays: the page lives as long as this.
            Mappable.Translation page = pages.translate(0, ClockPage.SIZE_BYTES, Access.WRITE);
            this.clockOffset = page.memoryFileOffset();
            register();
        } else {
            this.clockOffset = 0;
        }
    }

    /** The copy of {@code sandbox}, made on first use. */
    static VdsoCopy of(Sandbox sandbox, byte[] image, ClockKeeper keeper) {
        return (VdsoCopy) sandbox.part(PART, () -> new VdsoCopy(sandbox, image, keeper, null));
    }

    /** The clock page of a time namespace that is not the first one, made on first use. */
    static VdsoCopy of(Sandbox sandbox, Namespace namespace, ClockKeeper keeper) {
        TimeSpace space = TimeSpace.of(namespace);
        // what the page shows does not change any more
        space.settle();
        return (VdsoCopy)
                namespace.part(PART, () -> new VdsoCopy(sandbox, new byte[0], keeper, space));
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

    @Override
    public void namespaceEnded() {
        keeper.remove(this);
        if (hasPage) {
            sandbox.memory().file().release(clockOffset, ClockPage.SIZE_BYTES);
        }
        pages.close();
    }

    /** Whether the vDSO answers by itself here. */
    private boolean canAnswer() {
        return keeper.isUsable()
                && sandbox.platform().sharesTimestampCounter()
                && (time == null || keeper.hasRoom());
    }

    private void register() {
        int memoryFd = sandbox.memory().file().hostFd();
        if (canAnswer()) {
            ClockOffsets offsets = ClockOffsets.of(sandbox.clock());
            keeper.add(this, memoryFd, clockOffset, time == null ? offsets : offsets.in(time));
        } else {
            keeper.retire(memoryFd, clockOffset);
        }
    }
}

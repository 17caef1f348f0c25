package dev.moat.platform.trap;

import dev.moat.abi.ErrnoException;
import dev.moat.lib.stub.MappingQueue;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The patched call sites of one space. A page with such sites is a copy, mapped in place of the
 * original, which nobody else sees. A further site makes a new copy: so text changes by the
 * exchange of a mapping only, which threads that execute it never see half done. Guarded by the
 * space's lock.
 */
final class CallPatches {
    /** In an offset of a queued mapping: that of the patch file. */
    static final long IN_PATCH_FILE = 1L << 62;

    private static final int PROT_READ = 1;
    private static final int PROT_READ_EXECUTE = 5;

    /** Pages that are changed back this often stay as they are. */
    private static final int MAX_REVERTS = 8;

    private final PatchSource source;

    /** By address. */
    private final TreeMap<Long, PatchedPage> pages = new TreeMap<>();

    /** How often a page was changed back. */
    private final TreeMap<Long, Integer> reverts = new TreeMap<>();

    /** Volatile: read by threads of the space without the lock. */
    private volatile @Nullable TrampolineSet trampolines;

    /** Whether trampolines and table are mapped. */
    private boolean mapped;

    /** The guest wants the place of the table for itself. */
    private boolean ended;

    /** Where a session's spaces take pages from. */
    record PatchSource(PatchFile file, SandboxText text) {}

    /** The sandbox's memory file. */
    interface SandboxText {
        /** Fills {@code target} from {@code offset}; whether that could be done. */
        boolean read(MemorySegment target, long offset);
    }

    private record PatchedPage(long originalOffset, List<CallSite> sites) {}

    CallPatches(PatchSource source) {
        this.source = source;
    }

    /** For a process that is cloned from this one: it has the same mapped. */
    CallPatches copy() {
        CallPatches copy = new CallPatches(source);
        copy.pages.putAll(pages);
        copy.reverts.putAll(reverts);
        copy.mapped = mapped;
        copy.ended = ended;
        TrampolineSet shared = trampolines;
        if (shared != null) {
            shared.retain();
            copy.trampolines = shared;
        }
        return copy;
    }

    boolean isEmpty() {
        return pages.isEmpty();
    }

    /**
     * Patches the site whose instruction ends at {@code behind}. False if it is none that can be.
     *
     * @param originalOffset its page in the sandbox's memory file
     */
    boolean patch(long behind, long originalOffset, MappingQueue queue) {
        long page = pageOf(behind);
        if (ended || reverts.getOrDefault(page, 0) >= MAX_REVERTS) {
            return false;
        }
        try {
            TrampolineSet set = trampolines;
            if (set == null) {
                set = new TrampolineSet(source.file());
                trampolines = set;
            }
            return patch(set, behind, originalOffset, queue);
        } catch (ErrnoException e) {
            // no memory: things stay as they are
            return false;
        }
    }

    private boolean patch(TrampolineSet set, long behind, long originalOffset, MappingQueue queue) {
        long page = pageOf(behind);
        MemorySegment original = MemorySegment.ofArray(new byte[(int) StubLayout.PAGE_BYTES]);
        if (!source.text().read(original, originalOffset)) {
            return false;
        }
        CallSite site = CallSite.find(original, behind);
        List<CallSite> sites = new ArrayList<>();
        PatchedPage before = pages.get(page);
        if (before != null) {
            sites.addAll(before.sites());
        }
        if (site.isNone() || sites.contains(site)) {
            return false;
        }
        sites.add(site);
        for (CallSite each : sites) {
            long pointer = set.add(each);
            if (pointer == 0) {
                return false;
            }
            each.writeJump(original, pointer);
        }
        long copy = set.addText(original);
        if (copy < 0) {
            return false;
        }
        mapTrampolines(set, queue);
        queue.addMap(page, StubLayout.PAGE_BYTES, copy | IN_PATCH_FILE, PROT_READ_EXECUTE);
        pages.put(page, new PatchedPage(originalOffset, List.copyOf(sites)));
        return true;
    }

    private void mapTrampolines(TrampolineSet set, MappingQueue queue) {
        if (mapped) {
            return;
        }
        mapped = true;
        queue.addMap(
                StubLayout.TRAMPOLINES,
                StubLayout.PAGE_BYTES,
                set.commonOffset() | IN_PATCH_FILE,
                PROT_READ_EXECUTE);
        for (int i = 0; i < StubLayout.SITE_PAGES; i++) {
            queue.addMap(
                    StubLayout.SITES + i * StubLayout.PAGE_BYTES,
                    StubLayout.PAGE_BYTES,
                    set.siteOffset(i) | IN_PATCH_FILE,
                    PROT_READ_EXECUTE);
        }
        queue.addMap(
                StubLayout.SITE_TABLE,
                StubLayout.SITE_TABLE_BYTES,
                set.tableOffset() | IN_PATCH_FILE,
                PROT_READ);
    }

    private static long pageOf(long behind) {
        return (behind - 1) & -StubLayout.PAGE_BYTES;
    }

    /** A range is about to get other mappings, or none: what was patched in it is gone. */
    void drop(long address, long lengthBytes, MappingQueue queue) {
        if (mapped && meetsTable(address, lengthBytes)) {
            revertAll(queue);
        } else if (!pages.isEmpty()) {
            Map<Long, PatchedPage> gone = pages.subMap(address, address + lengthBytes);
            gone.keySet().forEach(page -> reverts.merge(page, 1, Integer::sum));
            gone.clear();
        }
    }

    /** The pages of a range become what they were. */
    void revert(long address, long lengthBytes, MappingQueue queue) {
        if (!pages.isEmpty()) {
            revertPages(pages.subMap(address, address + lengthBytes), queue);
        }
    }

    /**
     * The guest wants a range for itself; if the table is there, that was it.
     *
     * @return whether there is something to do at once
     */
    boolean occupy(long address, long lengthBytes, MappingQueue queue) {
        if (!meetsTable(address, lengthBytes)) {
            return false;
        }
        ended = true;
        if (!mapped) {
            return false;
        }
        revertAll(queue);
        return true;
    }

    static boolean meetsTable(long address, long lengthBytes) {
        return address < StubLayout.SITE_TABLE + StubLayout.SITE_TABLE_BYTES
                && address + lengthBytes > StubLayout.SITE_TABLE;
    }

    private void revertAll(MappingQueue queue) {
        revertPages(pages, queue);
        queue.addUnmap(StubLayout.SITE_TABLE, StubLayout.SITE_TABLE_BYTES);
        mapped = false;
    }

    private void revertPages(Map<Long, PatchedPage> some, MappingQueue queue) {
        for (var entry : some.entrySet()) {
            queue.addMap(
                    entry.getKey(),
                    StubLayout.PAGE_BYTES,
                    entry.getValue().originalOffset(),
                    PROT_READ_EXECUTE);
            reverts.merge(entry.getKey(), 1, Integer::sum);
        }
        some.clear();
    }

    /** Takes back what is in the page of a site, for good. */
    void giveUp(long behind, MappingQueue queue) {
        long page = pageOf(behind);
        revert(page, StubLayout.PAGE_BYTES, queue);
        reverts.put(page, MAX_REVERTS);
    }

    /** Everything below the stub was unmapped. */
    void forget() {
        pages.clear();
        mapped = false;
    }

    /** Address behind the site whose part of the trampolines {@code address} is in; else 0. */
    long behindSite(long address) {
        TrampolineSet set = trampolines;
        return set == null ? 0 : set.behindSite(address);
    }

    /** Where the site that ends at {@code behind} begins; some address if there is none. */
    long startOf(long behind) {
        TrampolineSet set = trampolines;
        return set == null ? behind : set.startOf(behind);
    }

    /** The process is gone. */
    void release() {
        TrampolineSet set = trampolines;
        if (set != null) {
            set.release();
        }
    }
}

package dev.moat.platform.trap;

import static java.lang.foreign.ValueLayout.JAVA_LONG;

import dev.moat.abi.ErrnoException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.ReentrantLock;

/**
 * The trampolines of a program's process and of what was forked from it, and the changed pages of
 * their text. Things are added only; everything is freed with the last process. Thread safe; its
 * lock is inside that of a space.
 */
final class TrampolineSet {
    /** Copies of pages: a page is copied anew for each site in it. */
    private static final int MAX_TEXT_PAGES = 1024;

    private final PatchFile file;
    private final int table;
    private final int[] sitePages = new int[StubLayout.SITE_PAGES];
    private final ReentrantLock lock = new ReentrantLock();

    /** Guarded by the lock, as all below. */
    private final Map<CallSite, Integer> indices = new HashMap<>();

    private final List<CallSite> sites = new ArrayList<>();
    private final List<Integer> textPages = new ArrayList<>();
    private int users = 1;

    /**
     * An empty set with one user.
     *
     * @throws dev.moat.abi.ErrnoException EAGAIN, ENOMEM
     */
    TrampolineSet(PatchFile file) {
        this.file = file;
        table = file.allocate();
        for (int i = 0; i < sitePages.length; i++) {
            sitePages[i] = file.allocate();
        }
    }

    /** Of the table of pointers in the patch file. */
    long tableOffset() {
        return PatchFile.offset(table);
    }

    long commonOffset() {
        return PatchFile.offset(file.common());
    }

    /** Of page {@code number} of the sites' own parts. */
    long siteOffset(int number) {
        return PatchFile.offset(sitePages[number]);
    }

    /** Makes a trampoline for a site; gives the address of the pointer to it, 0 if it is full. */
    long add(CallSite site) {
        lock.lock();
        try {
            Integer known = indices.get(site);
            if (known != null) {
                return pointer(known);
            }
            int index = sites.size();
            if (index == StubLayout.MAX_SITES) {
                return 0;
            }
            int at = index * StubLayout.SITE_BYTES;
            long address = StubLayout.SITES + at;
            int inPage = at & ((int) StubLayout.PAGE_BYTES - 1);
            MemorySegment page = file.page(sitePages[at >>> 12]);
            site.writeTrampoline(page.asSlice(inPage, StubLayout.SITE_BYTES), address);
            file.page(table).set(JAVA_LONG, (long) index * Long.BYTES, address);
            sites.add(site);
            indices.put(site, index);
            return pointer(index);
        } finally {
            lock.unlock();
        }
    }

    private static long pointer(int index) {
        return StubLayout.SITE_TABLE + (long) index * Long.BYTES;
    }

    /** Adds a changed page of text; gives its offset in the patch file, -1 if there is no room. */
    long addText(MemorySegment text) {
        lock.lock();
        try {
            if (textPages.size() == MAX_TEXT_PAGES) {
                return -1;
            }
            int page = file.allocate();
            textPages.add(page);
            file.page(page).copyFrom(text);
            return PatchFile.offset(page);
        } catch (ErrnoException e) {
            return -1;
        } finally {
            lock.unlock();
        }
    }

    /** Address behind the site whose own part {@code address} is in; 0 if it is none. */
    long behindSite(long address) {
        long index = (address - StubLayout.SITES) / StubLayout.SITE_BYTES;
        lock.lock();
        try {
            return address >= StubLayout.SITES && index < sites.size()
                    ? sites.get((int) index).behind()
                    : 0;
        } finally {
            lock.unlock();
        }
    }

    /** Where the site that ends at {@code behind} begins; {@code behind} if there is none. */
    long startOf(long behind) {
        lock.lock();
        try {
            for (CallSite site : sites) {
                if (site.behind() == behind) {
                    return site.start();
                }
            }
            return behind;
        } finally {
            lock.unlock();
        }
    }

    /** One more process has it mapped. */
    void retain() {
        lock.lock();
        try {
            users++;
        } finally {
            lock.unlock();
        }
    }

    /** A process that had it mapped is gone. */
    void release() {
        lock.lock();
        try {
            if (--users > 0) {
                return;
            }
        } finally {
            lock.unlock();
        }
        textPages.forEach(file::free);
        for (int page : sitePages) {
            file.free(page);
        }
        file.free(table);
    }
}

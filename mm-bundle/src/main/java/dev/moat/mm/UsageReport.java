package dev.moat.mm;

import dev.moat.api.mm.MemoryUsage;
import java.util.Collection;

/** What the memory of a sandbox is used for, for /proc/meminfo. */
final class UsageReport {
    private UsageReport() {}

    static MemoryUsage of(
            long usedPages,
            Collection<Space> spaces,
            Collection<PagedFile> caches,
            Collection<PagedFile> memoryFiles) {
        long cached = 0;
        long dirty = 0;
        long mapped = 0;
        for (PagedFile file : caches) {
            PageCounts counts = PageCounts.of(file);
            cached += counts.present();
            dirty += counts.dirty();
            mapped += counts.mapped();
        }
        long memoryOnly = 0;
        for (PagedFile file : memoryFiles) {
            PageCounts counts = PageCounts.of(file);
            memoryOnly += counts.present();
            mapped += counts.mapped();
        }
        long tables = 0;
        long locked = 0;
        long committed = memoryOnly << Pages.SHIFT;
        for (Space space : spaces) {
            space.mapping.lock();
            try {
                tables += space.tablePagesLocked();
                locked += space.areas.lockedBytes();
                committed += space.areas.dataBytes() + space.areas.stackBytes();
            } finally {
                space.mapping.unlock();
            }
        }
        // Each page that is charged is of one of these kinds; the sum was taken while others
        // change.
        long anonymous = Math.max(0, usedPages - cached - memoryOnly - tables);
        return new MemoryUsage(
                anonymous << Pages.SHIFT,
                cached << Pages.SHIFT,
                dirty << Pages.SHIFT,
                memoryOnly << Pages.SHIFT,
                mapped << Pages.SHIFT,
                tables << Pages.SHIFT,
                locked,
                committed);
    }
}

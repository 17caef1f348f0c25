package dev.moat.mm;

import dev.moat.api.swap.Stateful;

/**
 * How many pages a sandbox took lately. What it frees it will want again as long as it goes on like
 * that, and a page that stays with the host costs a tenth of one that is freed and made again.
 * Guarded by the memory file's lock.
 */
@Stateful
final class Demand {
    static final long PERIOD_NS = 1_000_000_000L;

    /** 64 MiB: more is not kept for anybody. */
    private static final long MAX_PAGES = 16384;

    private long periodStartNs;

    /** In the period under way, and in the one before. */
    private long pages;

    private long formerPages;

    Demand(long nowNs) {
        periodStartNs = nowNs;
    }

    void took(long count, long nowNs) {
        advance(nowNs);
        pages += count;
    }

    /** Pages taken within one period, now or a period ago. */
    long recentPages(long nowNs) {
        advance(nowNs);
        return Math.min(MAX_PAGES, Math.max(pages, formerPages));
    }

    private void advance(long nowNs) {
        long passed = nowNs - periodStartNs;
        if (passed >= PERIOD_NS) {
            formerPages = passed < 2 * PERIOD_NS ? pages : 0;
            pages = 0;
            periodStartNs = nowNs;
        }
    }
}

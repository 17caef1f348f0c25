package dev.moat.mm;

import dev.moat.api.mm.KernelHeap;
import java.util.ArrayList;
import java.util.List;

/** Time stands still; looks are collected. */
final class FakeTrimSchedule implements TrimSchedule {
    final KernelHeap heap = new KernelHeap(1L << 40);
    long nowNs = 1_000;
    private List<ChunkedMemoryFile> asked = new ArrayList<>();

    @Override
    public void lookLater(ChunkedMemoryFile file) {
        asked.add(file);
    }

    @Override
    public KernelHeap heap() {
        return heap;
    }

    @Override
    public long nowNs() {
        return nowNs;
    }

    int pendingLooks() {
        return asked.size();
    }

    /** Has all looks that were asked for. */
    void look() {
        List<ChunkedMemoryFile> now = asked;
        asked = new ArrayList<>();
        now.forEach(ChunkedMemoryFile::trimIdle);
    }
}

package dev.moat.mm;

import dev.moat.abi.ErrnoException;
import dev.moat.api.cgroup.MemoryAccount;
import dev.moat.api.host.HostMemory;
import dev.moat.api.mm.FaultWaiter;
import dev.moat.api.mm.FilePager;
import dev.moat.api.mm.FilePages;
import dev.moat.api.mm.HeapAccount;
import dev.moat.api.mm.MemoryFile;
import dev.moat.api.mm.MemoryManager;
import dev.moat.api.mm.MemoryService.OutOfMemoryListener;
import dev.moat.api.mm.MemoryService.PlatformMove;
import dev.moat.api.mm.MemoryService.SandboxMemory;
import dev.moat.api.mm.MemoryUsage;
import dev.moat.api.mm.PageQuota;
import dev.moat.api.platform.PlatformSession;
import dev.moat.api.swap.Restorable;
import dev.moat.api.swap.Stateful;
import java.security.SecureRandom;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;

/** The memory of one sandbox. */
@Stateful
final class KernelMemory implements SandboxMemory, MemoryLimit.Reclaimer, Restorable {
    private final long limitBytes;
    private final MemoryLimit limit;
    private final ChunkedMemoryFile chunks;

    /** Set anew only when an earlier revision had none. */
    private HeapAccount heap;

    /** The same. */
    private HugePool hugePool = new HugePool(this);

    private final AtomicLong nextId = new AtomicLong(1);
    private final SecureRandom random = new SecureRandom();

    /** Living address spaces: reclaim takes back what they own and never touched. */
    private final Set<Space> spaces = ConcurrentHashMap.newKeySet();

    /** Page caches with something behind them: what reclaim may drop. */
    private final Set<PagedFile> caches = ConcurrentHashMap.newKeySet();

    /** Files that are memory only. */
    private final Set<PagedFile> memoryFiles = ConcurrentHashMap.newKeySet();

    /** Set once by the task side; null before. */
    private volatile @Nullable FaultWaiter waiter;

    /**
     * @param hostPages for the memory file's descriptor
     * @param trims where to ask for a look at what is kept
     */
    KernelMemory(
            HostMemory host,
            HostPages hostPages,
            TrimSchedule trims,
            String name,
            long limitBytes) {
        this.limitBytes = limitBytes;
        this.limit = new MemoryLimit(limitBytes);
        this.heap = new HeapAccount(limit.heapPages());
        limit.heapPages().join(trims.heap());
        this.chunks = new ChunkedMemoryFile(host, hostPages, trims, "moat:" + name, limit);
        chunks.setHugePool(hugePool);
        limit.setReclaimer(this);
    }

    /** The counts are those of before; what the sandbox holds is new to this kernel host. */
    @Override
    public void saving() {
        limit.heapPages().leave();
    }

    @Override
    public void restored() {
        limit.restoreHeapPages();
        heap = Objects.requireNonNullElseGet(heap, () -> new HeapAccount(limit.heapPages()));
        limit.heapPages().join(chunks.schedule().heap());
        hugePool = Objects.requireNonNullElseGet(hugePool, () -> new HugePool(this));
        chunks.setHugePool(hugePool);
    }

    void add(Space space) {
        spaces.add(space);
    }

    void forget(Space space) {
        spaces.remove(space);
    }

    MemoryLimit limit() {
        return limit;
    }

    ChunkedMemoryFile chunks() {
        return chunks;
    }

    SecureRandom random() {
        return random;
    }

    /** Names address spaces and files: both are owners of futex keys. */
    long newId() {
        return nextId.getAndIncrement();
    }

    @Override
    public MemoryFile file() {
        return chunks;
    }

    @Override
    public long limitBytes() {
        return limitBytes;
    }

    @Override
    public long usedBytes() {
        return limit.usedPages() << Pages.SHIFT;
    }

    @Override
    public HeapAccount heap() {
        return heap;
    }

    @Override
    public HugePool hugePages() {
        return hugePool;
    }

    @Override
    public void makeHeapRoom() {
        limit.makeHeapRoom();
    }

    @Override
    public MemoryUsage collectUsage() {
        long ofPool = hugePool.counts().total() * HugePages.PAGES;
        return UsageReport.of(
                limit.usedPages() - limit.heapPages().held() - ofPool, spaces, caches, memoryFiles);
    }

    @Override
    public void setOutOfMemoryListener(OutOfMemoryListener listener) {
        limit.setListener(listener);
    }

    @Override
    public void setFaultWaiter(FaultWaiter waiter) {
        this.waiter = waiter;
    }

    FaultWaiter waiter() {
        FaultWaiter set = waiter;
        return set == null ? FaultWaiter.NONE : set;
    }

    @Override
    public void enforce(MemoryAccount account) {
        limit.enforce(account);
    }

    @Override
    public boolean reclaim(@Nullable MemoryAccount account, long bytes) {
        return limit.reclaim(account, bytes >>> Pages.SHIFT);
    }

    @Override
    public MemoryManager newMemoryManager(PlatformSession platform) {
        Space space = new Space(newId(), this, platform, platform.newAddressSpace());
        space.mmapBase = Placement.randomBase(space, random);
        return new GuestMemoryManager(space);
    }

    @Override
    public PlatformMove prepareMove(PlatformSession target) {
        return SpacesMove.prepare(spaces, target);
    }

    @Override
    public FilePages newFilePages(PageQuota quota) {
        PagedFile file = new PagedFile(this, quota, null, 0);
        memoryFiles.add(file);
        return file;
    }

    @Override
    public FilePages newFilePages(FilePager pager, long sizeBytes) {
        PagedFile file = new PagedFile(this, PageQuota.Unlimited.INSTANCE, pager, sizeBytes);
        caches.add(file);
        return file;
    }

    @Override
    public FilePages newServedPages(long sizeBytes) {
        return newFilePages(NoPager.INSTANCE, sizeBytes);
    }

    void forget(PagedFile file) {
        caches.remove(file);
    }

    /** The file is closed and mapped nowhere: it has no pages any more. */
    void forgetPages(PagedFile file) {
        memoryFiles.remove(file);
    }

    /**
     * Charges pages of a file to its quota and to the limit, waiting for the OOM killer.
     *
     * @throws dev.moat.abi.ErrnoException ENOSPC or EDQUOT for the quota, ENOMEM for the limit
     */
    void chargeFile(PageQuota quota, long pages) {
        if (!quota.charge(pages)) {
            throw quota.refusal().exception();
        }
        try {
            limit.charge(pages);
        } catch (ErrnoException e) {
            quota.uncharge(pages);
            throw e;
        }
    }

    /** {@link #chargeFile} without waiting. */
    boolean tryChargeFile(PageQuota quota, long pages) {
        if (!quota.charge(pages)) {
            return false;
        }
        if (!limit.tryCharge(pages)) {
            quota.uncharge(pages);
            return false;
        }
        return true;
    }

    void unchargeFile(PageQuota quota, long pages) {
        if (pages > 0) {
            quota.uncharge(pages);
            limit.giveBack(pages);
        }
    }

    @Override
    public void reclaim(long pages) {
        long freed = 0;
        for (PagedFile cache : caches) {
            if (freed >= pages) {
                return;
            }
            freed += cache.reclaim();
        }
        for (Space space : spaces) {
            if (freed >= pages) {
                return;
            }
            freed += new Trimming(space).trim();
        }
        for (Space space : spaces) {
            if (freed >= pages) {
                return;
            }
            freed += new Trimming(space).drop();
        }
    }

    @Override
    public void close() {
        caches.clear();
        memoryFiles.clear();
        limit.heapPages().leave();
        chunks.close();
    }
}

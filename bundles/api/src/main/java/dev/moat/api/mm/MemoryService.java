package dev.moat.api.mm;

import dev.moat.api.cgroup.MemoryAccount;
import dev.moat.api.platform.PlatformSession;
import org.jspecify.annotations.Nullable;
import org.osgi.annotation.versioning.ProviderType;

/** OSGi service of the memory management bundle: makes the memory of sandboxes. */
@ProviderType
public interface MemoryService {
    /**
     * Creates the memory of one sandbox; owned by the caller.
     *
     * @param limitBytes bytes of guest memory (anonymous, tmpfs and page cache) and of what the
     *     kernel holds for guests, Long.MAX_VALUE for none
     */
    SandboxMemory create(String sandboxName, long limitBytes);

    /** The memory of one sandbox. */
    @ProviderType
    interface SandboxMemory extends AutoCloseable {
        MemoryFile file();

        long limitBytes();

        /** What counts against the limit now. */
        long usedBytes();

        /** What the kernel host's heap holds for guests; whole pages of it are used bytes, too. */
        HeapAccount heap();

        /**
         * Drops what is kept for speed, as far as it keeps the kernel from memory of its own. On a
         * task's thread, without locks.
         */
        void makeHeapRoom();

        /** Huge pages of hugetlbfs. */
        HugePagePool hugePages();

        /** What it is used for; looks at every page of every file. */
        MemoryUsage collectUsage();

        /**
         * Told when an allocation finds the limit reached; set once by the task side (OOM killer).
         */
        void setOutOfMemoryListener(OutOfMemoryListener listener);

        /** How callers wait for processes that answer faults; set once by the task side. */
        void setFaultWaiter(FaultWaiter waiter);

        /**
         * Brings what a control group has below a limit that was lowered: drops what is kept for
         * speed, then asks the OOM killer. On a task's thread, without locks.
         */
        default void enforce(MemoryAccount account) {}

        /**
         * Drops what is kept for speed: memory.reclaim. On a task's thread, without locks.
         *
         * @param account whose pages are meant; null: those of the whole sandbox
         * @return whether it has so many bytes less than before
         */
        default boolean reclaim(@Nullable MemoryAccount account, long bytes) {
            return false;
        }

        /** An empty guest address space on {@code platform}. */
        MemoryManager newMemoryManager(PlatformSession platform);

        /**
         * Prepares a place on {@code target} for every address space; at the safe point. What the
         * spaces hold stays where it is.
         *
         * @throws dev.moat.api.swap.SwapException a guest has mapped what {@code target} cannot map
         * @throws dev.moat.abi.ErrnoException the host has no more room for {@code target}
         */
        PlatformMove prepareMove(PlatformSession target);

        /** Memory-only file pages (tmpfs, memfd, shared anonymous). */
        FilePages newFilePages(PageQuota quota);

        /** A page cache with a pager behind it. */
        FilePages newFilePages(FilePager pager, long sizeBytes);

        /** A page cache of a file that a process serves: {@link FilePages#served}. */
        FilePages newServedPages(long sizeBytes);

        /** Frees everything, the memory file included; all address spaces must be closed before. */
        @Override
        void close();
    }

    /** Address spaces between two platforms; one of the methods is called, once. */
    @ProviderType
    interface PlatformMove {
        /**
         * Exchanges the platform's side of every address space and closes the former ones, which no
         * context may run in. Mappings come back by faults.
         */
        void commit();

        /** Drops what was prepared. */
        void cancel();
    }

    /** The OOM killer's door. */
    interface OutOfMemoryListener {
        /**
         * Called without memory management locks on the task's thread that needs memory.
         *
         * @param limiting the control group's account that has no more; null: the sandbox
         * @return true if a victim was chosen: the caller waits for memory and tries again; false:
         *     the allocation fails
         */
        boolean outOfMemory(long wantedBytes, @Nullable MemoryAccount limiting);
    }
}

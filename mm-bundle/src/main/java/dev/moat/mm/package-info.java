/**
 * Guest memory: the memory file, address spaces, faults, copy-on-write, files as memory.
 *
 * <p>Key types: {@link dev.moat.mm.ChunkedMemoryFile} holds the pages, {@link dev.moat.mm.Space} is
 * the state of one address space (VMAs, page table, platform side) with one class per job around it
 * ({@code Mapper}, {@code Protector}, {@code FaultHandler}...), {@link dev.moat.mm.PagedFile} is a
 * file's pages.
 *
 * <p>Page ownership is kept page by page in a radix tree ({@link dev.moat.mm.PageTable}), as a
 * processor does, and worked on by runs: a run is a range of pages whose entries continue each
 * other, so that one platform mapping, one reference count call and one copy serve all of it. An
 * interval tree of owned ranges was the alternative; the table makes the lookup that every copy to
 * or from a guest starts with one walk without a lock.
 *
 * <p>Lock order:
 *
 * <pre>
 *   MM_MAPPING    VMAs, and every change of the page table (Space.mapping)
 *     FILE_PAGES  pages of one file (PagedFile)
 *       MM_PAGES  the page table against kernel accesses (Space.pages): write locked for each change; read locked
 *                 or validated by UserMemory while it touches a page
 *         PLATFORM
 *           MEMORY_FILE  allocator and reference counts
 * </pre>
 *
 * A page leaves an address space in this order: its entry is cleared under MM_PAGES (no kernel
 * access is under way or begins), the platform's mapping is removed and synchronised (no guest
 * access), its reference is dropped. Files are asked for pages and the limit is charged without any
 * of these locks, because both may wait.
 */
@NullMarked
package dev.moat.mm;

import org.jspecify.annotations.NullMarked;

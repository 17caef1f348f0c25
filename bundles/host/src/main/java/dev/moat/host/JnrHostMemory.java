package dev.moat.host;

import static dev.moat.abi.SyscallNumbers.*;
import static java.lang.foreign.ValueLayout.JAVA_BYTE;

import dev.moat.abi.Errno;
import dev.moat.api.host.HostMemory;
import dev.moat.api.host.HostResult;
import dev.moat.api.host.HostStat;
import java.lang.foreign.MemorySegment;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;

/** {@link HostMemory} by system calls. */
@Component(service = HostMemory.class)
public final class JnrHostMemory implements HostMemory {
    private static final int MFD_CLOEXEC = 1;
    private static final int MFD_ALLOW_SEALING = 2;
    private static final int F_ADD_SEALS = 1033;
    private static final int MAP_SHARED = 1;
    private static final int MAP_PRIVATE_ANONYMOUS = 0x22;
    private static final int PROT_READ_WRITE = 3;
    private static final int PUNCH_HOLE_KEEP_SIZE = 3;
    private static final int PAGE_BYTES = 4096;
    private static final int STAT_BLOCK_BYTES = 512;

    private static final String HUGE_PAGES = "/sys/kernel/mm/transparent_hugepage/";

    private final HostContext context;
    private final NativeCalls calls;
    private final JnrHostFiles files;

    /** The service; loads the native library. */
    @Activate
    public JnrHostMemory() {
        this(HostContext.create());
    }

    JnrHostMemory(HostContext context) {
        this.context = context;
        this.calls = context.calls();
        this.files = new JnrHostFiles(context);
    }

    @Override
    public long pageSizeBytes() {
        return PAGE_BYTES;
    }

    @Override
    public int createMemoryFile(String name) {
        try (Scratch scratch = context.scratch().borrow()) {
            return (int)
                    calls.call(
                            __NR_memfd_create,
                            scratch.string(name),
                            MFD_CLOEXEC | MFD_ALLOW_SEALING);
        }
    }

    @Override
    public int createHugeMemoryFile(String name) {
        String all = setting("enabled");
        String shared = setting("shmem_enabled");
        if (all.isEmpty() || all.equals("never") || shared.equals("deny")) {
            return -Errno.EOPNOTSUPP.number();
        }
        return shared.equals("never")
                ? new HugeTmpfs(context).createFile(name)
                : createMemoryFile(name);
    }

    /** The word in brackets of a file in {@link #HUGE_PAGES}; empty if there is none. */
    private String setting(String file) {
        String text = ProcFile.read(context, HUGE_PAGES + file).orElse("");
        int start = text.indexOf('[') + 1;
        return start == 0 ? "" : text.substring(start, text.indexOf(']', start));
    }

    @Override
    public int addSeals(int fd, int seals) {
        return (int) calls.call(__NR_fcntl, fd, F_ADD_SEALS, seals);
    }

    @Override
    public MemorySegment map(int fd, long offset, long lengthBytes, int prot) {
        long address = HostResult.orThrow(calls.mmap(0, lengthBytes, prot, MAP_SHARED, fd, offset));
        // SAFETY: the kernel mapped exactly this range; the caller owns it until unmap
        return MemorySegment.ofAddress(address).reinterpret(lengthBytes);
    }

    @Override
    public MemorySegment mapAnonymous(long lengthBytes) {
        long address =
                HostResult.orThrow(
                        calls.mmap(0, lengthBytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS, -1, 0));
        // SAFETY: as in map
        return MemorySegment.ofAddress(address).reinterpret(lengthBytes);
    }

    @Override
    public int unmap(MemorySegment mapping) {
        return (int) calls.call(__NR_munmap, mapping.address(), mapping.byteSize());
    }

    @Override
    public int protect(MemorySegment range, int prot) {
        return (int) calls.call(__NR_mprotect, range.address(), range.byteSize(), prot);
    }

    @Override
    public int advise(MemorySegment range, int advice) {
        return (int) calls.call(__NR_madvise, range.address(), range.byteSize(), advice);
    }

    @Override
    public int resize(int fd, long sizeBytes) {
        return (int) calls.call(__NR_ftruncate, fd, sizeBytes);
    }

    @Override
    public int punchHole(int fd, long offset, long lengthBytes) {
        return (int) calls.call(__NR_fallocate, fd, PUNCH_HOLE_KEEP_SIZE, offset, lengthBytes);
    }

    @Override
    public long allocatedBytes(int fd) {
        HostStat stat = new HostStat();
        int result = files.stat(fd, stat);
        return result < 0 ? result : stat.blocks * STAT_BLOCK_BYTES;
    }

    @Override
    public int residency(MemorySegment range, byte[] vector) {
        int pages = (int) ((range.byteSize() + PAGE_BYTES - 1) / PAGE_BYTES);
        try (Scratch scratch = context.scratch().borrow()) {
            MemorySegment pageStates = scratch.struct();
            int batch = (int) pageStates.byteSize();
            for (int done = 0; done < pages; done += batch) {
                int count = Math.min(batch, pages - done);
                long start = range.address() + (long) done * PAGE_BYTES;
                long length = (long) count * PAGE_BYTES;
                int result = (int) calls.call(__NR_mincore, start, length, pageStates.address());
                if (result < 0) {
                    return result;
                }
                MemorySegment.copy(pageStates, JAVA_BYTE, 0, vector, done, count);
            }
        }
        return 0;
    }
}

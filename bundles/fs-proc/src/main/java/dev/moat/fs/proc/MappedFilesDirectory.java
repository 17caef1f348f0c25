package dev.moat.fs.proc;

import dev.moat.abi.Errno;
import dev.moat.abi.VmFlags;
import dev.moat.api.cgroup.PayingThread;
import dev.moat.api.mm.VmaInfo;
import dev.moat.api.namespace.UserView;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Credentials;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.VfsPath;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * {@code /proc/pid/map_files}: a link for each area that maps a file, named by where it is. Source:
 * fs/proc/base.c, proc_map_files_lookup and its neighbours.
 */
@Stateful
final class MappedFilesDirectory extends ProcDirectory {
    static final String NAME = "map_files";

    /** Start and end, without zeros before them: dname_to_vma_addr(). */
    private static final Pattern RANGE =
            Pattern.compile("(0|[1-9a-fA-F][0-9a-fA-F]{0,15})-(0|[1-9a-fA-F][0-9a-fA-F]{0,15})");

    private final int tid;
    private final long parentNumber;

    MappedFilesDirectory(ProcFilesystem proc, int tid, long parentNumber, Owner owner) {
        super(proc, Numbers.ofTask(tid, NAME), 0500, owner);
        this.tid = tid;
        this.parentNumber = parentNumber;
    }

    @Override
    public @Nullable ProcInode lookup(String name) {
        Matcher range = RANGE.matcher(name);
        if (!range.matches()) {
            return null;
        }
        Task reader = PayingThread.current();
        if (reader != null) {
            Inspection.check(reader, Pids.task(proc(), tid));
        }
        long start = Long.parseUnsignedLong(range.group(1), 16);
        AreaLink link = new AreaLink(tid, start, Long.parseUnsignedLong(range.group(2), 16));
        return link.area(proc())
                .map(area -> new ProcLink(proc(), numberOf(name), permissions(area), owner(), link))
                .orElse(null);
    }

    @Override
    public Decision decide(Credentials who, int mask) {
        return Inspection.decide(proc(), tid);
    }

    private long numberOf(String name) {
        return Numbers.ofTask(tid, NAME + "/" + name);
    }

    /** How the file is open, as far as its area tells. */
    private static int permissions(VmaInfo area) {
        boolean shared = (area.kernelFlags() & VmFlags.VM_SHARED) != 0;
        boolean writes = shared && (area.kernelFlags() & VmFlags.VM_MAYWRITE) != 0;
        return writes ? 0600 : 0400;
    }

    @Override
    List<Entry> collectEntries(Task reader) {
        Task task = Pids.task(proc(), tid);
        Inspection.check(reader, task);
        if (task.group().isZombie()) {
            return List.of();
        }
        return task.memory().collectVmas().stream()
                .filter(VmaInfo::isOfFile)
                .map(area -> Long.toHexString(area.start()) + "-" + Long.toHexString(area.end()))
                .map(name -> new Entry(name, numberOf(name), Entry.LINK))
                .toList();
    }

    @Override
    long parentNumber() {
        return parentNumber;
    }

    private record AreaLink(int tid, long start, long end) implements ProcLink.Target {
        /** The same for all: proc_map_files_instantiate(). */
        @Override
        public long sizeBytes() {
            return 64;
        }

        @Override
        public boolean isFleeting() {
            return true;
        }

        @Override
        public String text(ProcFilesystem proc, Task reader) {
            return require(proc, reader).named(proc.sandbox().vfs(), reader.fs().root()).name();
        }

        /**
         * For who may bring back processes; others, and who asks for memory without a name that
         * could be opened, are refused.
         */
        @Override
        public VfsPath place(ProcFilesystem proc, Task reader) {
            if (!reader.credentials().canRestoreIn(UserView.First.INSTANCE)) {
                throw Errno.EPERM.exception();
            }
            VfsPath place = require(proc, reader).inode().place();
            if (place == null) {
                throw Errno.ENXIO.exception();
            }
            return place;
        }

        private VmaInfo require(ProcFilesystem proc, Task reader) {
            Inspection.check(reader, Pids.task(proc, tid));
            return area(proc).orElseThrow(Errno.ENOENT::exception);
        }

        /** The area with just these borders, if it maps a file. */
        Optional<VmaInfo> area(ProcFilesystem proc) {
            Task task = Pids.task(proc, tid);
            if (start < 0 || task.group().isZombie()) {
                return Optional.empty();
            }
            return task.memory()
                    .control()
                    .areaFrom(start)
                    .filter(area -> area.start() == start && area.end() == end)
                    .filter(VmaInfo::isOfFile);
        }
    }
}

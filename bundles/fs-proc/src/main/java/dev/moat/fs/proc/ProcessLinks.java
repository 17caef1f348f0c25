package dev.moat.fs.proc;

import dev.moat.abi.Errno;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.VfsPath;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code exe}, {@code cwd} and {@code root} of a process. */
final class ProcessLinks {
    static final List<String> NAMES = List.of("cwd", "exe", "root");

    private ProcessLinks() {}

    /** The link of this name, null if it is none. */
    static ProcLink.@Nullable Target target(String name, int tid) {
        return NAMES.contains(name) ? new PlaceOf(name, tid) : null;
    }

    private record PlaceOf(String name, int tid) implements ProcLink.Target {
        @Override
        public String text(ProcFilesystem proc, Task reader) {
            return proc.sandbox().vfs().pathOf(place(proc, reader), reader.fs().root());
        }

        @Override
        public VfsPath place(ProcFilesystem proc, Task reader) {
            Task task = Pids.task(proc, tid);
            Inspection.check(reader, task);
            if (task.group().isZombie()) {
                throw Errno.ENOENT.exception();
            }
            return switch (name) {
                case "cwd" -> task.fs().workingDirectory();
                case "root" -> task.fs().root();
                default -> task.group().executable().orElseThrow(() -> Errno.ENOENT.exception());
            };
        }
    }
}

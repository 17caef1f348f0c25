package dev.moat.fs.proc;

import dev.moat.api.task.IoCounts;
import dev.moat.api.task.Task;

/**
 * {@code io}: proc_pid_io(5). Bytes that go to or come from the host count as storage; there is no
 * cache between them that could take a write back.
 */
final class IoText {
    /** The name of the file of one thread among {@link ProcessFiles}, where both are found. */
    static final String OF_THREAD = "task/io";

    private IoText() {}

    static String ofProcess(ProcFilesystem proc, Task task) {
        return text(task.group().collectIo());
    }

    static String ofThread(ProcFilesystem proc, Task task) {
        return text(task.io().collect());
    }

    private static String text(IoCounts counts) {
        return "rchar: "
                + counts.readBytes()
                + "\nwchar: "
                + counts.writtenBytes()
                + "\nsyscr: "
                + counts.readCalls()
                + "\nsyscw: "
                + counts.writeCalls()
                + "\nread_bytes: "
                + counts.fetchedBytes()
                + "\nwrite_bytes: "
                + counts.storedBytes()
                + "\ncancelled_write_bytes: 0\n";
    }
}

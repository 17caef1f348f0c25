package dev.moat.fs.proc;

import dev.moat.abi.Errno;
import dev.moat.api.task.Task;

/** What writing to a file of a process does. */
final class ProcessValues {
    /** TASK_COMM_LEN without the NUL, include/linux/sched.h. */
    private static final int NAME_BYTES = 15;

    /** MMF_DUMP_FILTER_MASK: nine kinds of memory. */
    private static final long CORE_FILTERS = 0x1ff;

    private ProcessValues() {}

    /** {@code coredump_filter}: which memory goes to core files. */
    static void coreFilter(ProcFilesystem proc, Task writer, Task task, String value) {
        if (!Inspection.allows(writer, task)) {
            throw Errno.EACCES.exception();
        }
        try {
            task.group().setCoreFilter((int) (Long.decode(value.strip()) & CORE_FILTERS));
        } catch (NumberFormatException e) {
            throw Errno.EINVAL.exception();
        }
    }

    /** {@code comm}: only threads of the same process may. */
    static void name(ProcFilesystem proc, Task writer, Task task, String value) {
        if (writer.group() != task.group()) {
            throw Errno.EINVAL.exception();
        }
        String name = value.endsWith("\n") ? value.substring(0, value.length() - 1) : value;
        task.setName(name.substring(0, Math.min(name.length(), NAME_BYTES)));
    }
}

package dev.moat.fs.proc;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.api.task.Task;
import java.math.BigInteger;

/** What writing to a file of a process does. */
final class ProcessValues {
    /** TASK_COMM_LEN without the NUL, include/linux/sched.h. */
    private static final int NAME_BYTES = 15;

    /** MMF_DUMP_FILTER_MASK: nine kinds of memory. */
    private static final long CORE_FILTERS = 0x1ff;

    /** fs/proc/task_mmu.c: the largest of what clear_refs takes, and how much of it is read. */
    private static final int CLEAR_REFS_MM_HIWATER_RSS = 5;

    private static final int CLEAR_BYTES = 12;

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

    /**
     * {@code clear_refs}, proc_pid_clear_refs(5): only the peak of what is resident is kept here.
     * Accesses are not tracked, and soft-dirty bits neither, as on a kernel without them.
     */
    static void clearReferences(ProcFilesystem proc, Task writer, Task task, String value) {
        String number = value.substring(0, Math.min(value.length(), CLEAR_BYTES)).strip();
        if (!number.matches("[+-]?[0-9]+")) {
            throw Errno.EINVAL.exception();
        }
        long kind = Long.parseLong(number);
        if (kind != (int) kind) {
            throw Errno.ERANGE.exception();
        }
        if (kind < 1 || kind > CLEAR_REFS_MM_HIWATER_RSS) {
            throw Errno.EINVAL.exception();
        }
        if (kind == CLEAR_REFS_MM_HIWATER_RSS && !task.group().isZombie()) {
            task.memory().control().resetPeak();
        }
    }

    /** {@code timerslack_ns}: of others only with CAP_SYS_NICE. */
    static String timerSlack(ProcFilesystem proc, Task reader, Task task) {
        checkNice(reader, task);
        return Long.toUnsignedString(task.timerSlackNs()) + "\n";
    }

    static void setTimerSlack(ProcFilesystem proc, Task writer, Task task, String value) {
        String number = value.endsWith("\n") ? value.substring(0, value.length() - 1) : value;
        if (!number.matches("[+]?[0-9]+")) {
            throw Errno.EINVAL.exception();
        }
        BigInteger slackNs = new BigInteger(number);
        if (slackNs.bitLength() > Long.SIZE) {
            throw Errno.ERANGE.exception();
        }
        checkNice(writer, task);
        task.setTimerSlackNs(slackNs.longValue());
    }

    private static void checkNice(Task asking, Task task) {
        boolean may =
                asking == task
                        || asking.credentials()
                                .canIn(task.credentials().space(), Capabilities.CAP_SYS_NICE);
        if (!may) {
            throw Errno.EPERM.exception();
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

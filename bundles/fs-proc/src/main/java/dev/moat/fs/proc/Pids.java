package dev.moat.fs.proc;

import dev.moat.abi.Errno;
import dev.moat.api.task.Task;
import dev.moat.api.task.ThreadGroup;

/** From names to tasks. */
final class Pids {
    private Pids() {}

    /** A decimal number without leading zeros, or -1. */
    static int parse(String name) {
        if (name.isEmpty() || name.length() > 9 || name.length() > 1 && name.charAt(0) == '0') {
            return -1;
        }
        int value = 0;
        for (int i = 0; i < name.length(); i++) {
            char digit = name.charAt(i);
            if (digit < '0' || digit > '9') {
                return -1;
            }
            value = value * 10 + digit - '0';
        }
        return value;
    }

    /** The task; ESRCH if it is gone. */
    static Task task(ProcFilesystem proc, int tid) {
        return proc.sandbox().tasks().task(tid).orElseGet(() -> group(proc, tid).leader());
    }

    /** The process; ESRCH if it is gone. */
    static ThreadGroup group(ProcFilesystem proc, int tgid) {
        return proc.sandbox().tasks().group(tgid).orElseThrow(() -> Errno.ESRCH.exception());
    }
}

package dev.moat.fs.proc;

import dev.moat.abi.Errno;
import dev.moat.api.task.CoreSettings;
import dev.moat.api.task.Task;

/**
 * {@code /proc/sys/kernel/core_pattern}: a path; programs and sockets that take cores are refused.
 */
record CorePattern() implements Content {
    @Override
    public boolean isWritable() {
        return true;
    }

    @Override
    public String render(ProcFilesystem proc, Task reader) {
        return proc.sandbox().tasks().coreSettings().pattern() + "\n";
    }

    @Override
    public void accept(ProcFilesystem proc, Task writer, String value) {
        String pattern = value.endsWith("\n") ? value.substring(0, value.length() - 1) : value;
        if (pattern.startsWith("|") || pattern.startsWith("@")) {
            throw Errno.EINVAL.exception();
        }
        int length = Math.min(pattern.length(), CoreSettings.PATTERN_BYTES - 1);
        proc.sandbox().tasks().coreSettings().setPattern(pattern.substring(0, length));
    }
}

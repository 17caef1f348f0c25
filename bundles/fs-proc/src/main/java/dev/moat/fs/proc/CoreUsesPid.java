package dev.moat.fs.proc;

import dev.moat.abi.Errno;
import dev.moat.api.task.Task;

/** {@code /proc/sys/kernel/core_uses_pid}. */
record CoreUsesPid() implements Content {
    @Override
    public boolean isWritable() {
        return true;
    }

    @Override
    public String render(ProcFilesystem proc, Task reader) {
        return proc.sandbox().tasks().coreSettings().usesPid() ? "1\n" : "0\n";
    }

    @Override
    public void accept(ProcFilesystem proc, Task writer, String value) {
        try {
            proc.sandbox().tasks().coreSettings().setUsesPid(Integer.parseInt(value.strip()) != 0);
        } catch (NumberFormatException e) {
            throw Errno.EINVAL.exception();
        }
    }
}

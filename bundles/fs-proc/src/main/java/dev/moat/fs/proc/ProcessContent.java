package dev.moat.fs.proc;

import dev.moat.abi.Errno;
import dev.moat.api.task.Task;

/** A file of a process: whose it is and its name. */
record ProcessContent(int tid, String name) implements Content {
    @Override
    public String render(ProcFilesystem proc, Task reader) {
        ProcessFiles.Kind kind = kind();
        Task task = Pids.task(proc, tid);
        if (ProcessFiles.showsMemory(name)) {
            Inspection.checkMemory(reader, task);
        } else if (kind.guarded()) {
            Inspection.check(reader, task);
        }
        return kind.text().of(proc, reader, task);
    }

    @Override
    public boolean givesSplices() {
        return false;
    }

    /** Memory is opened, other secrets are looked at when they are read: proc_mem_open. */
    @Override
    public void checkOpen(ProcFilesystem proc, Task opener) {
        if (ProcessFiles.showsMemory(name)) {
            Inspection.checkMemory(opener, Pids.task(proc, tid));
        }
    }

    @Override
    public void accept(ProcFilesystem proc, Task writer, String value) {
        kind().value().accept(proc, writer, Pids.task(proc, tid), value);
    }

    @Override
    public long take(ProcFilesystem proc, Written written) {
        return kind().value().take(proc, written, Pids.task(proc, tid));
    }

    private ProcessFiles.Kind kind() {
        ProcessFiles.Kind kind = ProcessFiles.kind(name);
        if (kind == null) {
            throw Errno.ENOENT.exception();
        }
        return kind;
    }
}

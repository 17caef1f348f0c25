package dev.moat.fs.proc;

import dev.moat.api.task.Task;

/** A file of a process: whose it is and what kind. */
record ProcessContent(int tid, ProcessFiles.Kind kind) implements Content {
    @Override
    public String render(ProcFilesystem proc, Task reader) {
        Task task = Pids.task(proc, tid);
        if (kind.guarded()) {
            Inspection.check(reader, task);
        }
        return kind.text().of(proc, task);
    }

    @Override
    public void accept(ProcFilesystem proc, Task writer, String value) {
        kind.value().accept(proc, writer, Pids.task(proc, tid), value);
    }
}

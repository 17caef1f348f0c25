package dev.moat.fs.proc;

import dev.moat.api.task.Task;

/** A file of another bundle, by its path: who answers is looked up each time. */
record ForeignContent(String path) implements Content {
    @Override
    public String render(ProcFilesystem proc, Task reader) {
        return proc.foreign().provider(proc.sandbox(), path).renderProc(path, reader);
    }

    @Override
    public boolean isSetting() {
        return path.startsWith("sys/");
    }

    @Override
    public void accept(ProcFilesystem proc, Task writer, String value) {
        proc.foreign().provider(proc.sandbox(), path).acceptProc(path, writer, value);
    }
}

package dev.moat.fs.proc;

import dev.moat.api.task.Task;

/**
 * A file by its name: what it says is looked up when it is read, so that an inode goes on with what
 * another revision of this bundle says under that name.
 */
record NamedContent(ContentTable table, String path) implements Content {
    @Override
    public String render(ProcFilesystem proc, Task reader) {
        return table.content(path).render(proc, reader);
    }

    @Override
    public boolean isWritable() {
        return table.content(path).isWritable();
    }

    @Override
    public int permissions() {
        return table.content(path).permissions();
    }

    @Override
    public boolean isSetting() {
        return table == ContentTable.SYSCTL;
    }

    @Override
    public void accept(ProcFilesystem proc, Task writer, String value) {
        table.content(path).accept(proc, writer, value);
    }
}

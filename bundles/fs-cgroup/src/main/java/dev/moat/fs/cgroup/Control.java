package dev.moat.fs.cgroup;

import dev.moat.abi.Errno;
import dev.moat.api.cgroup.Cgroup;
import dev.moat.api.task.Task;

/**
 * What a file says and takes.
 *
 * @param mode permission bits: what it can do at all
 * @param isDelegatable whether it may be written in the root of the writer's cgroup namespace; the
 *     others belong to who made the namespace: EPERM
 */
record Control(String name, int mode, boolean isDelegatable, Reader reader, Writer writer) {
    static final int READ = 0444;
    static final int BOTH = 0644;
    static final int WRITE = 0200;

    /** Gives the text. */
    @FunctionalInterface
    interface Reader {
        String read(Cgroup group, Task reader);
    }

    /** Takes a command, without white space around it. */
    @FunctionalInterface
    interface Writer {
        void write(Cgroup group, Task writer, String text);
    }

    static Control of(String name, Reader reader) {
        return new Control(name, READ, false, reader, Control::refuse);
    }

    static Control of(String name, Reader reader, Writer writer) {
        return new Control(name, BOTH, false, reader, writer);
    }

    static Control delegatable(String name, Reader reader, Writer writer) {
        return new Control(name, BOTH, true, reader, writer);
    }

    static Control writeOnly(String name, Writer writer) {
        return new Control(name, WRITE, false, Control::refuseToSay, writer);
    }

    static Control delegatableWriteOnly(String name, Writer writer) {
        return new Control(name, WRITE, true, Control::refuseToSay, writer);
    }

    String read(Cgroup group, Task task) {
        return reader.read(group, task);
    }

    void write(Cgroup group, Task task, String text) {
        writer.write(group, task, text);
    }

    private static String refuseToSay(Cgroup group, Task reader) {
        throw Errno.EINVAL.exception();
    }

    private static void refuse(Cgroup group, Task writer, String text) {
        throw Errno.EINVAL.exception();
    }
}

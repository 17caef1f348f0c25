package dev.moat.task.process;

import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;

/** Calls that tests use to look into the guest's memory. */
public final class TestCalls {
    static final int READ_INT = 1000;
    static final int WRITE_INT = 1001;
    static final int WRITE_LONG = 1002;
    static final int FILL_HEAP = 1003;

    @Syscall(nr = FILL_HEAP, name = "test_fill_heap")
    long fillHeap(Task task) {
        throw new OutOfMemoryError("Java heap space");
    }

    @Syscall(nr = READ_INT, name = "test_read_int")
    long readInt(Task task, long addr) {
        return task.user().readInt(addr);
    }

    @Syscall(nr = WRITE_INT, name = "test_write_int")
    long writeInt(Task task, long addr, int value) {
        task.user().writeInt(addr, value);
        return 0;
    }

    @Syscall(nr = WRITE_LONG, name = "test_write_long")
    long writeLong(Task task, long addr, long value) {
        task.user().writeLong(addr, value);
        return 0;
    }
}

package dev.moat.syscall.strace;

import dev.moat.abi.Errno;
import dev.moat.abi.SyscallNumbers;
import dev.moat.api.syscall.SyscallDispatcher.StraceSink;
import dev.moat.api.syscall.SyscallTap;
import dev.moat.api.task.Task;
import java.util.ArrayList;
import java.util.List;

/** Traces calls to a sink. */
public final class Strace implements SyscallTap, AutoCloseable {
    private final StraceSink sink;

    public Strace(StraceSink sink) {
        this.sink = sink;
    }

    @Override
    public long entered(Task task, int number, long[] arguments) {
        return ALLOW;
    }

    @Override
    public void left(Task task, int number, long[] arguments, long result) {
        List<String> hex = new ArrayList<>();
        for (long argument : arguments) {
            hex.add("0x" + Long.toHexString(argument));
        }
        String text =
                Errno.isError(result)
                        ? "-1 " + Errno.of((int) -result).map(Errno::name).orElse("errno " + -result)
                        : "0x" + Long.toHexString(result);
        sink.line(
                "[pid %5d] %s(%s) = %s"
                        .formatted(
                                task.tid(),
                                SyscallNumbers.name(number),
                                String.join(", ", hex),
                                text));
    }

    @Override
    public void close() {}
}

package dev.moat.syscall;

import dev.moat.abi.SyscallNumbers;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import java.util.concurrent.atomic.AtomicIntegerArray;

/**
 * Says once per sandbox and number that a program wanted a call nobody serves. All numbers that
 * Linux does not have share one line, so that a hostile guest cannot fill the log. Thread safe.
 */
@Stateful
final class UnservedCalls {
    private final AtomicIntegerArray reported = new AtomicIntegerArray(SyscallNumbers.COUNT + 1);

    /** Logs unless it was said before. */
    void report(Task task, int number) {
        boolean defined = SyscallNumbers.isDefined(number);
        if (reported.getAndSet(defined ? number : SyscallNumbers.COUNT, 1) != 0) {
            return;
        }
        task.sandbox()
                .log(
                        "system call "
                                + Integer.toUnsignedString(number)
                                + (defined ? " (" + SyscallNumbers.name(number) + ")" : "")
                                + " is not implemented: "
                                + task.name()
                                + " (pid "
                                + task.tgid()
                                + ") gets ENOSYS");
    }
}

package dev.moat.task.calls;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.MemoryFlags;
import dev.moat.abi.Restart;
import dev.moat.abi.SyslogActions;
import dev.moat.api.sandbox.KernelMessages;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Blocker;
import dev.moat.api.task.Task;

/** {@code syslog(2)}: the sandbox' own log; its console is the operator's log. */
final class SyslogCalls {
    private static final int LEAST_LEVEL = 1;
    private static final int MOST_LEVEL = 8;

    @Syscall(nr = 103, name = "syslog")
    long syslog(Task task, int action, long bufferAddr, int lengthBytes) {
        KernelMessages messages = task.sandbox().messages();
        boolean forAll =
                action == SyslogActions.SYSLOG_ACTION_READ_ALL
                        || action == SyslogActions.SYSLOG_ACTION_SIZE_BUFFER;
        if ((!forAll || messages.settings().isRestricted())
                && !task.credentials().can(Capabilities.CAP_SYSLOG)) {
            throw Errno.EPERM.exception();
        }
        switch (action) {
            case SyslogActions.SYSLOG_ACTION_CLOSE, SyslogActions.SYSLOG_ACTION_OPEN -> {
                return 0;
            }
            case SyslogActions.SYSLOG_ACTION_READ,
                    SyslogActions.SYSLOG_ACTION_READ_ALL,
                    SyslogActions.SYSLOG_ACTION_READ_CLEAR -> {
                return read(task, messages, action, bufferAddr, lengthBytes);
            }
            case SyslogActions.SYSLOG_ACTION_CLEAR -> messages.clear();
            case SyslogActions.SYSLOG_ACTION_CONSOLE_OFF -> messages.settings().consoleOff();
            case SyslogActions.SYSLOG_ACTION_CONSOLE_ON -> messages.settings().consoleOn();
            case SyslogActions.SYSLOG_ACTION_CONSOLE_LEVEL -> {
                if (lengthBytes < LEAST_LEVEL || lengthBytes > MOST_LEVEL) {
                    throw Errno.EINVAL.exception();
                }
                messages.settings().setConsoleLevel(lengthBytes);
            }
            case SyslogActions.SYSLOG_ACTION_SIZE_UNREAD -> {
                return messages.unreadBytes();
            }
            case SyslogActions.SYSLOG_ACTION_SIZE_BUFFER -> {
                return KernelMessages.BUFFER_BYTES;
            }
            default -> throw Errno.EINVAL.exception();
        }
        return 0;
    }

    private static long read(
            Task task, KernelMessages messages, int action, long bufferAddr, int lengthBytes) {
        if (bufferAddr == 0 || lengthBytes < 0) {
            throw Errno.EINVAL.exception();
        }
        if (lengthBytes == 0) {
            return 0;
        }
        checkRange(bufferAddr, lengthBytes);
        byte[] text;
        if (action == SyslogActions.SYSLOG_ACTION_READ) {
            text = messages.take(lengthBytes);
            while (text.length == 0) {
                Blocker.Outcome outcome =
                        task.blocker()
                                .block(
                                        messages.arrivals(),
                                        () -> messages.unreadBytes() > 0,
                                        Blocker.FOREVER);
                if (outcome != Blocker.Outcome.READY) {
                    return -Restart.ERESTARTSYS;
                }
                text = messages.take(lengthBytes);
            }
        } else {
            text = messages.tail(lengthBytes);
            if (action == SyslogActions.SYSLOG_ACTION_READ_CLEAR) {
                messages.clear();
            }
        }
        task.user().copyOut(bufferAddr, text);
        return text.length;
    }

    /** access_ok(): nothing is taken for a buffer that cannot be one. */
    private static void checkRange(long bufferAddr, int lengthBytes) {
        if (Long.compareUnsigned(bufferAddr, MemoryFlags.TASK_SIZE_MAX - lengthBytes) > 0) {
            throw Errno.EFAULT.exception();
        }
    }
}

package dev.moat.task.calls;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.SyslogActions;
import dev.moat.api.syscall.Support;
import dev.moat.api.syscall.Syscall;
import dev.moat.api.task.Task;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** {@code syslog(2)}: the sandbox' own log. */
final class SyslogCalls {
    private static final int BUFFER_BYTES = 1 << 17;

    @Syscall(
            nr = 103,
            name = "syslog",
            support = Support.PARTIAL,
            note = "Reads the sandbox' log; clearing, consuming and console levels give EPERM.")
    long syslog(Task task, int action, long bufferAddr, int lengthBytes) {
        boolean forAll =
                action == SyslogActions.SYSLOG_ACTION_READ_ALL
                        || action == SyslogActions.SYSLOG_ACTION_SIZE_BUFFER;
        if (!forAll
                && !task.credentials().can(Capabilities.CAP_SYSLOG)
                && !task.credentials().can(Capabilities.CAP_SYS_ADMIN)) {
            throw Errno.EPERM.exception();
        }
        return switch (action) {
            case SyslogActions.SYSLOG_ACTION_CLOSE, SyslogActions.SYSLOG_ACTION_OPEN -> 0;
            case SyslogActions.SYSLOG_ACTION_SIZE_BUFFER -> BUFFER_BYTES;
            case SyslogActions.SYSLOG_ACTION_READ_ALL -> read(task, bufferAddr, lengthBytes);
            case SyslogActions.SYSLOG_ACTION_READ,
                    SyslogActions.SYSLOG_ACTION_READ_CLEAR,
                    SyslogActions.SYSLOG_ACTION_CLEAR,
                    SyslogActions.SYSLOG_ACTION_CONSOLE_OFF,
                    SyslogActions.SYSLOG_ACTION_CONSOLE_ON,
                    SyslogActions.SYSLOG_ACTION_CONSOLE_LEVEL,
                    SyslogActions.SYSLOG_ACTION_SIZE_UNREAD ->
                    Errno.EPERM.negated();
            default -> throw Errno.EINVAL.exception();
        };
    }

    /** The last bytes that fit. */
    private static long read(Task task, long bufferAddr, int lengthBytes) {
        if (bufferAddr == 0 || lengthBytes < 0) {
            throw Errno.EINVAL.exception();
        }
        StringBuilder text = new StringBuilder();
        for (String line : task.sandbox().collectLog()) {
            text.append("<6>").append(line).append('\n');
        }
        byte[] bytes = text.toString().getBytes(StandardCharsets.ISO_8859_1);
        int from = Math.max(0, bytes.length - lengthBytes);
        byte[] tail = Arrays.copyOfRange(bytes, from, bytes.length);
        task.user().copyOut(bufferAddr, tail);
        return tail.length;
    }
}

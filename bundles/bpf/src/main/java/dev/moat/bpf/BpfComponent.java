package dev.moat.bpf;

import dev.moat.abi.Errno;
import dev.moat.api.syscall.SyscallProvider;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.ProcProvider;
import java.lang.invoke.MethodHandles;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.osgi.service.component.annotations.Component;

/** {@code bpf(2)}, and who may use it: {@code /proc/sys/kernel/unprivileged_bpf_disabled}. */
@Component(service = {SyscallProvider.class, ProcProvider.class})
public final class BpfComponent implements SyscallProvider, ProcProvider {
    private static final String DISABLED = "sys/kernel/unprivileged_bpf_disabled";
    private static final int SETTABLE = 0644;

    /** What cannot be changed any more. */
    private static final int FOR_GOOD = 1;

    private static final int MOST = 2;

    private final List<Object> handlers = List.of(new BpfCalls());

    @Override
    public String subsystem() {
        return "bpf";
    }

    @Override
    public List<Object> handlers() {
        return handlers;
    }

    @Override
    public MethodHandles.Lookup lookup() {
        return MethodHandles.lookup();
    }

    @Override
    public Map<String, Integer> procFiles() {
        return Map.of(DISABLED, SETTABLE);
    }

    @Override
    public String renderProc(String path, Task reader) {
        return ProgramTable.of(reader.sandbox()).unprivilegedDisabled().get() + "\n";
    }

    /** bpf_unpriv_handler(), kernel/bpf/syscall.c. */
    @Override
    public void acceptProc(String path, Task writer, String value) {
        if (!Rights.of(writer.credentials()).administers()) {
            throw Errno.EPERM.exception();
        }
        AtomicInteger setting = ProgramTable.of(writer.sandbox()).unprivilegedDisabled();
        try {
            int number = Integer.parseInt(value.strip());
            if (number < 0 || number > MOST) {
                throw Errno.EINVAL.exception();
            }
            if (setting.get() == FOR_GOOD && number != FOR_GOOD) {
                throw Errno.EPERM.exception();
            }
            setting.set(number);
        } catch (NumberFormatException e) {
            throw Errno.EINVAL.exception();
        }
    }
}

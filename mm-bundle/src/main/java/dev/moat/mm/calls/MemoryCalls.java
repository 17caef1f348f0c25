package dev.moat.mm.calls;

import dev.moat.api.syscall.SyscallProvider;
import java.lang.invoke.MethodHandles;
import java.util.List;
import org.osgi.service.component.annotations.Component;

/** The system calls that the memory bundle serves. */
@Component
public final class MemoryCalls implements SyscallProvider {
    @Override
    public String subsystem() {
        return "mm";
    }

    @Override
    public List<Object> handlers() {
        return List.of(
                new MmapCalls(),
                new MprotectCalls(),
                new MremapCalls(),
                new RemapFilePagesCalls(),
                new BrkCalls(),
                new MadviseCalls(),
                new MsealCalls(),
                new MsyncCalls(),
                new MincoreCalls(),
                new MlockCalls(),
                new MemfdSecretCalls(),
                new MempolicyCalls(),
                new MovePagesCalls(),
                new PkeyCalls(),
                new ProcessVmCalls(),
                new ProcessMadviseCalls(),
                new UserfaultfdCalls());
    }

    @Override
    public MethodHandles.Lookup lookup() {
        return MethodHandles.lookup();
    }
}

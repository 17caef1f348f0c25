package dev.moat.syscall;

import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.SharedParts;
import dev.moat.api.syscall.SyscallDispatcher;
import dev.moat.api.syscall.SyscallProvider;
import dev.moat.api.syscall.SyscallTable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The service: collects the providers of all bundles, as they come and go, into one table. */
@Component
public final class SyscallTableComponent implements SyscallTable, SharedParts {
    private final Logger logger = LoggerFactory.getLogger(SyscallTableComponent.class);
    private final KernelTable table = new KernelTable();

    private final RankedLock lock = new RankedLock(LockRank.SANDBOX);

    /**
     * Providers that clash with another one; they get their chance when one leaves. Guarded by
     * {@link #lock}.
     */
    private final List<SyscallProvider> refused = new ArrayList<>();

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void addProvider(SyscallProvider provider) {
        lock.lock();
        try {
            addLocked(provider);
        } finally {
            lock.unlock();
        }
    }

    void removeProvider(SyscallProvider provider) {
        lock.lock();
        try {
            refused.remove(provider);
            table.remove(provider);
            List<SyscallProvider> again = List.copyOf(refused);
            refused.clear();
            for (SyscallProvider candidate : again) {
                addLocked(candidate);
            }
        } finally {
            lock.unlock();
        }
    }

    @Override
    public List<Entry> entries() {
        return table.snapshot().entries();
    }

    @Override
    public List<Integer> missing() {
        return table.snapshot().missing();
    }

    @Override
    public SyscallDispatcher newDispatcher(String sandboxName) {
        return new SandboxDispatcher(sandboxName, table);
    }

    private void addLocked(SyscallProvider provider) {
        try {
            table.add(provider);
        } catch (IllegalStateException e) {
            refused.add(provider);
            logger.error(
                    "system calls of {} are not served: {}", provider.subsystem(), e.getMessage());
        }
    }

    @Override
    public Map<String, Object> sharedParts() {
        return Map.of("table", table);
    }
}

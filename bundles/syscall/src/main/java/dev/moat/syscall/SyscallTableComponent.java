package dev.moat.syscall;

import dev.moat.api.swap.Leases;
import dev.moat.api.swap.SharedParts;
import dev.moat.api.syscall.SyscallDispatcher;
import dev.moat.api.syscall.SyscallProvider;
import dev.moat.api.syscall.SyscallTable;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferenceCardinality;
import org.osgi.service.component.annotations.ReferencePolicy;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The service: collects the providers of all bundles, as they come and go, into one table. */
@Component(service = SyscallTable.class)
public final class SyscallTableComponent implements SyscallTable, SharedParts {
    private final Logger logger = LoggerFactory.getLogger(SyscallTableComponent.class);
    private final KernelTable table = new KernelTable();

    @Reference(cardinality = ReferenceCardinality.MULTIPLE, policy = ReferencePolicy.DYNAMIC)
    void addProvider(SyscallProvider provider, Map<String, Object> properties) {
        try {
            table.add(
                            provider,
                            number(properties.get("service.bundleid")),
                            number(properties.get("service.id")))
                    .ifPresent(reason -> refuse(provider, reason));
        } catch (IllegalStateException e) {
            refuse(provider, e.getMessage());
        }
    }

    void removeProvider(SyscallProvider provider) {
        table.remove(provider);
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
    public SyscallDispatcher newDispatcher(String sandboxName, Leases leases) {
        return SandboxDispatcher.open(sandboxName, leases, table);
    }

    @Override
    public Map<String, Object> sharedParts() {
        return Map.of("table", table);
    }

    private void refuse(SyscallProvider provider, @Nullable String reason) {
        logger.error("system calls of {} are not served: {}", provider.subsystem(), reason);
    }

    private static long number(@Nullable Object property) {
        return property instanceof Long number ? number : Provided.EVERYWHERE;
    }
}

package dev.moat.swap;

import dev.moat.api.platform.Platform;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.SandboxManager;
import dev.moat.api.swap.Revisions;
import dev.moat.api.swap.SwapService;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;
import org.osgi.service.component.annotations.ReferencePolicy;

/** The service. */
@Component
public final class SwapComponent implements SwapService {
    private final Swaps swaps;

    /** Services with their properties; written by declarative services. */
    @Reference(policy = ReferencePolicy.DYNAMIC)
    private volatile List<Map.Entry<Map<String, Object>, Platform>> platforms = List.of();

    @Activate
    public SwapComponent(@Reference Revisions revisions, @Reference SandboxManager sandboxes) {
        this.swaps = new Swaps(revisions, sandboxes);
    }

    /** Sandboxes keep what they have; a swap that is under way ends first. */
    @Deactivate
    void stop() {
        swaps.close();
    }

    @Override
    public List<SwapRecord> swap(Request request) {
        return swaps.swap(request);
    }

    @Override
    public SwapRecord movePlatform(Sandbox sandbox, String platform, Duration safePointLimit) {
        return swaps.movePlatform(sandbox, platform, platforms, safePointLimit);
    }

    @Override
    public List<SwapRecord> rollback(Sandbox sandbox) {
        return swaps.rollback(sandbox);
    }

    @Override
    public List<SwapRecord> history(Sandbox sandbox) {
        return swaps.history(sandbox);
    }
}

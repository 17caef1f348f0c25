package dev.moat.swap;

import dev.moat.api.platform.PlatformWish;
import dev.moat.api.sandbox.Sandbox;
import dev.moat.api.sandbox.SandboxManager;
import dev.moat.api.swap.Revisions;
import dev.moat.api.swap.SwapService;
import java.time.Duration;
import java.util.List;
import org.osgi.service.component.annotations.Activate;
import org.osgi.service.component.annotations.Component;
import org.osgi.service.component.annotations.Deactivate;
import org.osgi.service.component.annotations.Reference;

/** The service. */
@Component
public final class SwapComponent implements SwapService {
    private final Swaps swaps;

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
        return swaps.movePlatform(sandbox, PlatformWish.parse(platform), safePointLimit);
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

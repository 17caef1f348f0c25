package dev.moat.mm;

import dev.moat.api.mm.MemoryService.PlatformMove;
import dev.moat.api.platform.AddressSpace;
import dev.moat.api.platform.PlatformSession;
import dev.moat.api.swap.SwapException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All address spaces of a sandbox on their way to another platform. Mappings are derived from page
 * ownership, so nothing is copied: the new spaces begin empty, and faults map what is in use. Used
 * by one thread while no task runs.
 */
final class SpacesMove implements PlatformMove {
    private final PlatformSession target;
    private final List<Moving> moving = new ArrayList<>();

    private record Moving(Space space, AddressSpace successor) {}

    private SpacesMove(PlatformSession target) {
        this.target = target;
    }

    static SpacesMove prepare(Collection<Space> spaces, PlatformSession target) {
        SpacesMove move = new SpacesMove(target);
        boolean done = false;
        try {
            for (Space space : spaces) {
                checkFits(space, target);
                move.moving.add(new Moving(space, target.newAddressSpace()));
            }
            done = true;
            return move;
        } finally {
            if (!done) {
                move.cancel();
            }
        }
    }

    private static void checkFits(Space space, PlatformSession target) {
        space.mapping.lock();
        try {
            int count = space.areas.size();
            if (count == 0) {
                return;
            }
            long lowest = space.areas.at(0).start;
            long highest = space.areas.at(count - 1).end;
            if (lowest < target.minUserAddress() || highest > target.maxUserAddress()) {
                throw new SwapException(
                        "a process has mapped %#x to %#x, and the platform offers %#x to %#x"
                                .formatted(
                                        lowest,
                                        highest,
                                        target.minUserAddress(),
                                        target.maxUserAddress()));
            }
        } finally {
            space.mapping.unlock();
        }
    }

    @Override
    public void commit() {
        for (Moving each : moving) {
            @Nullable AddressSpace former = each.space().exchangePlatform(target, each.successor());
            if (former != null) {
                former.close();
            }
        }
        moving.clear();
    }

    @Override
    public void cancel() {
        for (Moving each : moving) {
            each.successor().close();
        }
        moving.clear();
    }
}

package dev.moat.uring;

import dev.moat.abi.IoUring;
import dev.moat.api.swap.Stateful;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What is begun and not ended, found by its user data, and the chains that must not begin yet:
 * IOSQE_IO_DRAIN. Guarded by the lock of the ring.
 */
@Stateful
final class ActiveRequests {
    private final RequestList all = new RequestList(RequestList.Role.ACTIVE);
    private final Map<Long, RequestList> byUserData = new HashMap<>();

    /** Chains behind one that waits for all before it, in order. */
    private final ArrayDeque<Request> deferred = new ArrayDeque<>();

    /** Somebody starts what was deferred: one at a time. */
    private boolean startingDeferred;

    /** The operation that all later ones wait for. */
    private @Nullable Request drain;

    List<Request> copy() {
        return all.copy();
    }

    /** Those with this user data. */
    List<Request> copy(long userData) {
        RequestList found = byUserData.get(userData);
        return found == null ? List.of() : found.copy();
    }

    /** Enters a chain, or puts it behind what must end before it: false. */
    boolean begin(Request head) {
        if (!deferred.isEmpty() || drain != null || drains(head) && !all.isEmpty()) {
            deferred.addLast(head);
            return false;
        }
        enter(head);
        return true;
    }

    private static boolean drains(Request request) {
        return request.sqe().has(IoUring.IOSQE_IO_DRAIN);
    }

    void enter(Request request) {
        all.add(request);
        byUserData
                .computeIfAbsent(
                        request.userData(), _ -> new RequestList(RequestList.Role.SAME_USER_DATA))
                .add(request);
        if (drains(request)) {
            drain = request;
        }
    }

    void leave(Request request) {
        all.remove(request);
        RequestList same = byUserData.get(request.userData());
        if (same != null) {
            same.remove(request);
            if (same.isEmpty()) {
                byUserData.remove(request.userData());
            }
        }
        if (drain == request) {
            drain = null;
        }
    }

    /** Gives one that is under way other user data: IORING_POLL_UPDATE_USER_DATA. */
    void changeUserData(Request request, long value) {
        boolean drained = drain == request;
        leave(request);
        request.setUserData(value);
        enter(request);
        drain = drained ? request : drain;
    }

    /** Enters the next chain that may begin now; null if there is none, or others do it. */
    @Nullable Request startDeferred() {
        Request head = deferred.peekFirst();
        if (head == null || startingDeferred || drain != null || drains(head) && !all.isEmpty()) {
            return null;
        }
        deferred.removeFirst();
        enter(head);
        startingDeferred = true;
        return head;
    }

    /** What {@link #startDeferred} gave was worked on. */
    void deferredStarted() {
        startingDeferred = false;
    }

    /** Chains that will never begin; the caller owns them. */
    List<Request> takeDeferred() {
        List<Request> waiting = new ArrayList<>(deferred);
        deferred.clear();
        return waiting;
    }
}

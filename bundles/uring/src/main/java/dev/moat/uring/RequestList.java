package dev.moat.uring;

import dev.moat.api.swap.Stateful;
import java.util.ArrayList;
import java.util.List;

/**
 * Requests in no order, each of which knows its place: a guest may have a hundred thousand of them,
 * and taking one out must not cost more for that. Guarded by whoever owns it.
 */
@Stateful
final class RequestList {
    /** Which of its places a request is to remember for this list. */
    enum Role {
        ACTIVE,
        SAME_USER_DATA,
        TIMED
    }

    private final Role role;
    private final List<Request> requests = new ArrayList<>();

    RequestList(Role role) {
        this.role = role;
    }

    int size() {
        return requests.size();
    }

    boolean isEmpty() {
        return requests.isEmpty();
    }

    List<Request> copy() {
        return List.copyOf(requests);
    }

    /** Adds it, unless it is there. */
    void add(Request request) {
        if (request.place(role) < 0) {
            request.setPlace(role, requests.size());
            requests.add(request);
        }
    }

    /** Takes it out, if it is there. */
    void remove(Request request) {
        int place = request.place(role);
        if (place >= 0) {
            request.setPlace(role, -1);
            Request last = requests.removeLast();
            if (last != request) {
                requests.set(place, last);
                last.setPlace(role, place);
            }
        }
    }
}

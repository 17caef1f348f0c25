package dev.moat.fs.fuse;

import dev.moat.abi.Fuse;
import dev.moat.api.swap.Stateful;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** What a server has to read, and what it has to answer. Guarded by the lock of the connection. */
@Stateful
final class FuseQueue {
    /** fuse_dev_do_read: so many in a row of one kind before the other gets its turn. */
    private static final int FORGETS_IN_A_ROW = 16;

    private static final int MOST_REPLIES = 64;

    private final Deque<FuseRequest> pending = new ArrayDeque<>();
    private final Map<Long, FuseRequest> unanswered = new HashMap<>();

    /** Requests that their tasks want no more, by unique number. */
    private final Deque<Long> interrupts = new ArrayDeque<>();

    /** Nodes that nobody knows any more, and how many lookups of them were answered. */
    private final LinkedHashMap<Long, Long> forgotten = new LinkedHashMap<>();

    /** {@link #pending} that a server has asked for itself. */
    private int replies;

    private int forgetsInARow;
    private long lastUnique;

    boolean isEmpty() {
        return pending.isEmpty() && interrupts.isEmpty() && forgotten.isEmpty();
    }

    /** Even numbers; the odd ones are those of interrupts. */
    long nextUnique() {
        lastUnique += 2;
        return lastUnique;
    }

    void add(FuseRequest request) {
        pending.addLast(request);
    }

    /** Adds what the server has asked for itself; false: it shall read what there is first. */
    boolean addReply(FuseRequest reply) {
        if (replies >= MOST_REPLIES) {
            return false;
        }
        replies++;
        pending.addLast(reply);
        return true;
    }

    /** What comes next. */
    void addFirst(FuseRequest request) {
        pending.addFirst(request);
    }

    /** The server wants all that it has not answered once more: fuse_resend(). */
    void resend() {
        for (FuseRequest request : unanswered.values()) {
            request.resend();
            pending.addFirst(request);
        }
        unanswered.clear();
    }

    /** Takes back what the server has not read; false if it has. */
    boolean withdraw(FuseRequest request) {
        return pending.remove(request);
    }

    void interrupt(FuseRequest request) {
        interrupts.addLast(request.unique());
    }

    void forget(long node, long lookups) {
        forgotten.merge(node, lookups, Long::sum);
    }

    /** The request that has the number and waits for an answer, which it is taken for. */
    @Nullable FuseRequest takeUnanswered(long unique) {
        return unanswered.remove(unique);
    }

    @Nullable FuseRequest findUnanswered(long unique) {
        return unanswered.get(unique);
    }

    /** A message to read; what is waited for an answer of is kept. Null if there is nothing. */
    @Nullable Message next() {
        while (!interrupts.isEmpty()) {
            long unique = interrupts.removeFirst();
            if (unanswered.containsKey(unique)) {
                byte[] body = new Body().u64(unique).toBytes();
                return new Message(Fuse.FUSE_INTERRUPT, unique | 1, 0, null, body);
            }
        }
        if (!forgotten.isEmpty() && (pending.isEmpty() || forgetsInARow < FORGETS_IN_A_ROW)) {
            forgetsInARow++;
            Map.Entry<Long, Long> first = forgotten.pollFirstEntry();
            byte[] body = new Body().u64(first.getValue()).toBytes();
            return new Message(Fuse.FUSE_FORGET, nextUnique(), first.getKey(), null, body);
        }
        forgetsInARow = 0;
        FuseRequest request = pending.pollFirst();
        if (request == null) {
            return null;
        }
        if (request.isEntry()) {
            return new Message(0, 0, 0, request, new byte[0]);
        }
        if (request.operation() == Fuse.FUSE_NOTIFY_REPLY) {
            replies--;
            return new Message(
                    request.operation(), request.unique(), request.node(), null, request.body());
        }
        request.setSent();
        unanswered.put(request.unique(), request);
        if (request.isInterrupted()) {
            interrupt(request);
        }
        return new Message(
                request.operation(), request.unique(), request.node(), request, request.body());
    }

    /** All that anybody may wait for; nothing is left. */
    Deque<FuseRequest> drain() {
        Deque<FuseRequest> all = new ArrayDeque<>(pending);
        all.addAll(unanswered.values());
        pending.clear();
        unanswered.clear();
        interrupts.clear();
        forgotten.clear();
        return all;
    }

    /**
     * What a server reads at once.
     *
     * @param operation 0: this stands for others, see {@link FuseRequest#isEntry}
     * @param request whose it is; null for those without an answer
     */
    record Message(
            int operation, long unique, long node, @Nullable FuseRequest request, byte[] body) {
        private static final int HEADER_BYTES = 40;

        int size() {
            return HEADER_BYTES + body.length;
        }

        byte[] toBytes() {
            Body message = new Body().u32(size()).u32(operation).u64(unique).u64(node);
            if (request == null) {
                message.u32(0).u32(0).u32(0);
            } else {
                message.u32(request.uid()).u32(request.gid()).u32(request.pid());
            }
            return message.u32(0).data(body).toBytes();
        }
    }
}

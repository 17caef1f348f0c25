package dev.moat.net;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.abi.Rlimits;
import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Restorable;
import dev.moat.api.swap.Stateful;
import dev.moat.api.task.Task;
import dev.moat.api.vfs.FileDescription;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Files that were sent to sockets and not yet received (SCM_RIGHTS): how many each user has sent,
 * and the end of sockets that nobody can receive any more because they lie in each other's queues:
 * net/unix/garbage.c. Thread safe; its lock is held alone.
 */
@Stateful
public final class InFlight implements Restorable {
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    /** How often each socket lies in a queue. */
    private final Map<Socket, Integer> flights = new HashMap<>();

    /** What lies in the queue of each socket, once for each time. */
    private final Map<Socket, List<Socket>> queued = new HashMap<>();

    /** Who sent each file, once for each time, the first one first. */
    private Map<FileDescription, ArrayDeque<Integer>> senders = new HashMap<>();

    /** How many files each user has on their way. */
    private Map<Integer, Integer> sentBy = new HashMap<>();

    /**
     * References that are to be given up; a list instead of recursion, which guests could deepen.
     */
    private final ArrayDeque<FileDescription> unwanted = new ArrayDeque<>();

    /** Somebody works the list off. */
    private boolean releasing;

    /** What was written by earlier revisions does not know who sent what. */
    @Override
    public void restored() {
        senders = Objects.requireNonNullElseGet(senders, HashMap::new);
        sentBy = Objects.requireNonNullElseGet(sentBy, HashMap::new);
    }

    /**
     * Says whether {@code task} may send files: its user has no more of them on their way than
     * RLIMIT_NOFILE, or it has a capability. too_many_unix_fds() in net/core/scm.c.
     *
     * @throws dev.moat.abi.ErrnoException ETOOMANYREFS
     */
    public void checkMaySend(Task task) {
        int sent;
        lock.lock();
        try {
            sent = sentBy.getOrDefault(task.credentials().uid(), 0);
        } finally {
            lock.unlock();
        }
        if (sent > task.group().limits().soft(Rlimits.RLIMIT_NOFILE)
                && !task.credentials().can(Capabilities.CAP_SYS_RESOURCE)
                && !task.credentials().can(Capabilities.CAP_SYS_ADMIN)) {
            throw Errno.ETOOMANYREFS.exception();
        }
    }

    /**
     * Notes files before they come into the queue of {@code receiver}.
     *
     * @param uid who sends them
     */
    public void add(Socket receiver, Collection<FileDescription> files, int uid) {
        lock.lock();
        try {
            for (FileDescription file : files) {
                senders.computeIfAbsent(file, same -> new ArrayDeque<>(1)).addLast(uid);
                sentBy.merge(uid, 1, Integer::sum);
                if (file instanceof Socket socket) {
                    flights.merge(socket, 1, Integer::sum);
                    queued.computeIfAbsent(receiver, same -> new ArrayList<>()).add(socket);
                }
            }
        } finally {
            lock.unlock();
        }
    }

    /**
     * Forgets files that were in the queue of {@code receiver}; the caller has their references.
     */
    public void remove(Socket receiver, Collection<FileDescription> files) {
        lock.lock();
        try {
            List<Socket> there = queued.get(receiver);
            for (FileDescription file : files) {
                forgetSenderLocked(file);
                if (file instanceof Socket socket && there != null && there.remove(socket)) {
                    flights.computeIfPresent(socket, (s, times) -> times == 1 ? null : times - 1);
                }
            }
            if (there != null && there.isEmpty()) {
                queued.remove(receiver);
            }
        } finally {
            lock.unlock();
        }
    }

    /** The same file sent by two users is taken from them in order. */
    private void forgetSenderLocked(FileDescription file) {
        ArrayDeque<Integer> by = senders.get(file);
        if (by == null) {
            return;
        }
        sentBy.computeIfPresent(by.removeFirst(), (u, files) -> files == 1 ? null : files - 1);
        if (by.isEmpty()) {
            senders.remove(file);
        }
    }

    /** Whether references are being given up, which may close many sockets one after the other. */
    public boolean isReleasing() {
        lock.lock();
        try {
            return releasing;
        } finally {
            lock.unlock();
        }
    }

    /** Gives up references; what that closes may hold further ones. */
    public void release(Collection<FileDescription> files) {
        lock.lock();
        try {
            unwanted.addAll(files);
            if (releasing) {
                return;
            }
            releasing = true;
        } finally {
            lock.unlock();
        }
        for (FileDescription file = next(); file != null; file = next()) {
            file.release();
        }
    }

    private @Nullable FileDescription next() {
        lock.lock();
        try {
            releasing = !unwanted.isEmpty();
            return unwanted.pollFirst();
        } finally {
            lock.unlock();
        }
    }

    /**
     * Sockets that are referenced from queues only, and only from queues that nobody reads any
     * more. The caller empties their queues. Linear in what is in flight.
     */
    public List<Socket> collectUnreachable() {
        lock.lock();
        try {
            if (flights.isEmpty()) {
                return List.of();
            }
            Set<Socket> reachable = new HashSet<>();
            ArrayDeque<Socket> open = new ArrayDeque<>();
            for (Socket receiver : queued.keySet()) {
                if (receiver.referenceCount() > flights.getOrDefault(receiver, 0)
                        && reachable.add(receiver)) {
                    open.add(receiver);
                }
            }
            while (!open.isEmpty()) {
                for (Socket socket : queued.getOrDefault(open.removeFirst(), List.of())) {
                    if (reachable.add(socket)) {
                        open.add(socket);
                    }
                }
            }
            List<Socket> lost = new ArrayList<>();
            for (Map.Entry<Socket, Integer> flight : flights.entrySet()) {
                if (!reachable.contains(flight.getKey())
                        && flight.getKey().referenceCount() == flight.getValue()) {
                    lost.add(flight.getKey());
                }
            }
            return lost;
        } finally {
            lock.unlock();
        }
    }
}

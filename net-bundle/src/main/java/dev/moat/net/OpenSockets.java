package dev.moat.net;

import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The local sockets of one network namespace by inode number, for those who list them. Thread safe;
 * its lock is held alone.
 */
@Stateful
public final class OpenSockets {
    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);
    private final TreeMap<Long, Socket> sockets = new TreeMap<>();

    public void add(Socket socket) {
        lock.lock();
        try {
            sockets.put(socket.inode().number(), socket);
        } finally {
            lock.unlock();
        }
    }

    public void remove(Socket socket) {
        lock.lock();
        try {
            sockets.remove(socket.inode().number());
        } finally {
            lock.unlock();
        }
    }

    /** The socket with an inode number. */
    public @Nullable Socket find(long number) {
        lock.lock();
        try {
            return sockets.get(number);
        } finally {
            lock.unlock();
        }
    }

    /** The next sockets with numbers above {@code number}, in order, at most {@code most}. */
    public List<Socket> after(long number, int most) {
        List<Socket> next = new ArrayList<>();
        lock.lock();
        try {
            for (Socket socket : sockets.tailMap(number, false).values()) {
                if (next.size() == most) {
                    break;
                }
                next.add(socket);
            }
        } finally {
            lock.unlock();
        }
        return next;
    }
}

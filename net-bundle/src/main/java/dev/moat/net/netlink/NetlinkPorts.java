package dev.moat.net.netlink;

import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import java.util.concurrent.ThreadLocalRandom;
import org.jspecify.annotations.Nullable;

/** Who has which port of which family in one network namespace: netlink(7). Thread safe. */
@Stateful
public final class NetlinkPorts {
    /** Ports that are given out are not above this: netlink_autobind(). */
    private static final int HIGHEST_GIVEN = -4097;

    private final RankedLock lock = new RankedLock(LockRank.VFS_INODE);

    /** By family and port, see {@link #key}. */
    private final TreeMap<Long, NetlinkSocket> bound = new TreeMap<>();

    /** Takes a port; false if another one has it. */
    boolean bind(NetlinkSocket socket, int port) {
        lock.lock();
        try {
            return bound.putIfAbsent(key(socket.protocol(), port), socket) == null;
        } finally {
            lock.unlock();
        }
    }

    /** Takes {@code wanted} (the number of the process) if it is free, or any other one. */
    int bindToAny(NetlinkSocket socket, int wanted) {
        int port = wanted;
        while (port == 0 || !bind(socket, port)) {
            port = ThreadLocalRandom.current().nextInt(Integer.MIN_VALUE, HIGHEST_GIVEN + 1);
        }
        return port;
    }

    void unbind(NetlinkSocket socket, int port) {
        lock.lock();
        try {
            bound.remove(key(socket.protocol(), port), socket);
        } finally {
            lock.unlock();
        }
    }

    @Nullable NetlinkSocket find(int protocol, int port) {
        lock.lock();
        try {
            return bound.get(key(protocol, port));
        } finally {
            lock.unlock();
        }
    }

    /** The members of a group; linear in the sockets of the family. */
    List<NetlinkSocket> members(int protocol, int group) {
        List<NetlinkSocket> members = new ArrayList<>();
        for (NetlinkSocket socket : sockets()) {
            if (socket.protocol() == protocol && socket.isMember(group)) {
                members.add(socket);
            }
        }
        return members;
    }

    /** All sockets that have a port, by family and port. */
    List<NetlinkSocket> sockets() {
        lock.lock();
        try {
            return List.copyOf(bound.values());
        } finally {
            lock.unlock();
        }
    }

    private static long key(int protocol, int port) {
        return (long) protocol << Integer.SIZE | Integer.toUnsignedLong(port);
    }
}

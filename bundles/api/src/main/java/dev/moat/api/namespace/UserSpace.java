package dev.moat.api.namespace;

import dev.moat.api.lock.LockRank;
import dev.moat.api.lock.RankedLock;
import dev.moat.api.swap.Stateful;
import java.util.List;

/** A user namespace below the first one. Source: kernel/user_namespace.c. */
@Stateful
public final class UserSpace implements UserView, UserView.Maps {
    private static final String PART = "user.view";

    private final UserView parent;
    private final int level;
    private final Namespace namespace;
    private final int ownerUid;
    private final RankedLock lock = new RankedLock(LockRank.TASK);

    /** Empty until it is written. Written under lock, read by anybody. */
    private volatile List<Extent> uids = List.of();

    /** As {@link #uids}. */
    private volatile List<Extent> gids = List.of();

    /** As {@link #uids}. */
    private volatile boolean setgroupsDenied;

    private UserSpace(UserView parent, Namespace namespace, int ownerUid) {
        this.parent = parent;
        this.level = parent.level() + 1;
        this.namespace = namespace;
        this.ownerUid = ownerUid;
        this.setgroupsDenied = !parent.permitsSetgroups();
    }

    /** Makes {@code fresh} a namespace below {@code parent}, of {@code ownerUid}. */
    public static UserView begin(Namespace fresh, UserView parent, int ownerUid) {
        return (UserView) fresh.part(PART, () -> new UserSpace(parent, fresh, ownerUid));
    }

    /** That of a namespace of kind USER. */
    public static UserView of(Namespace namespace) {
        return (UserView) namespace.part(PART, () -> UserView.First.INSTANCE);
    }

    @Override
    public int level() {
        return level;
    }

    @Override
    public UserView parent() {
        return parent;
    }

    @Override
    public Namespace namespaceOr(Namespace first) {
        return namespace;
    }

    @Override
    public int ownerUid() {
        return ownerUid;
    }

    @Override
    public int findUid(int uid) {
        return down(uids, parent.findUid(uid));
    }

    @Override
    public int findGid(int gid) {
        return down(gids, parent.findGid(gid));
    }

    @Override
    public int meantUid(int uid) {
        int above = up(uids, uid);
        return above == NONE ? NONE : parent.meantUid(above);
    }

    @Override
    public int meantGid(int gid) {
        int above = up(gids, gid);
        return above == NONE ? NONE : parent.meantGid(above);
    }

    private static int down(List<Extent> map, int above) {
        if (above != NONE) {
            for (Extent extent : map) {
                if (extent.holdsAbove(above)) {
                    return extent.first() + (above - extent.above());
                }
            }
        }
        return NONE;
    }

    private static int up(List<Extent> map, int id) {
        for (Extent extent : map) {
            if (extent.holds(id)) {
                return extent.above() + (id - extent.first());
            }
        }
        return NONE;
    }

    /** Not before groups have a map: userns_may_setgroups. */
    @Override
    public boolean permitsSetgroups() {
        return !setgroupsDenied;
    }

    @Override
    public Maps maps() {
        return this;
    }

    @Override
    public List<Extent> extents(boolean groups) {
        return groups ? gids : uids;
    }

    @Override
    public boolean set(boolean groups, List<Extent> extents) {
        lock.lock();
        try {
            if (!extents(groups).isEmpty()) {
                return false;
            }
            if (groups) {
                gids = List.copyOf(extents);
            } else {
                uids = List.copyOf(extents);
            }
            return true;
        } finally {
            lock.unlock();
        }
    }

    @Override
    public boolean denySetgroups() {
        lock.lock();
        try {
            if (!gids.isEmpty() && !setgroupsDenied) {
                return false;
            }
            setgroupsDenied = true;
            return true;
        } finally {
            lock.unlock();
        }
    }
}

package dev.moat.api.namespace;

import java.util.List;
import org.osgi.annotation.versioning.ProviderType;

/**
 * A user namespace: which ids it has, and whose it is: user_namespaces(7). Everywhere in the kernel
 * users and groups go by the ids of the first namespace; what is told to guests, or comes from
 * them, passes a view. Thread safe, without locks.
 */
@ProviderType
public interface UserView {
    /** Shown for an id that has no mapping: /proc/sys/kernel/overflowuid. */
    int OVERFLOW = 65534;

    /** No id. */
    int NONE = -1;

    /** How many namespaces are above. */
    int level();

    /** The one above; the first one is above itself. */
    UserView parent();

    /** The namespace itself; null for the first one, of which each sandbox has its own. */
    Namespace namespaceOr(Namespace first);

    /** Who made it, as the kernel knows him. */
    int ownerUid();

    /** What it calls the kernel's {@code uid}; {@link #NONE} if it has no name for it. */
    int findUid(int uid);

    int findGid(int gid);

    /** What the kernel knows its {@code uid} as; {@link #NONE} if it has none. */
    int meantUid(int uid);

    int meantGid(int gid);

    /** {@link #findUid} for who must be told something. */
    default int seenUid(int uid) {
        int found = findUid(uid);
        return found == NONE && uid != NONE ? OVERFLOW : found;
    }

    default int seenGid(int gid) {
        int found = findGid(gid);
        return found == NONE && gid != NONE ? OVERFLOW : found;
    }

    /** Whether {@code uid} is root here or in a namespace above: rootid_owns_currentns(). */
    default boolean isRootHereOrAbove(int uid) {
        UserView at = this;
        while (at.level() > 0 && at.findUid(uid) != 0) {
            at = at.parent();
        }
        return at.findUid(uid) == 0;
    }

    /** Whether setgroups(2) may be called in it. */
    boolean permitsSetgroups();

    /** Whether this is {@code other} or below it. */
    default boolean isWithin(UserView other) {
        UserView at = this;
        while (at.level() > other.level()) {
            at = at.parent();
        }
        return at == other;
    }

    /** What may be asked and set through /proc/pid: uid_map, gid_map, setgroups. */
    Maps maps();

    /** The files of a namespace. */
    @ProviderType
    interface Maps {
        /** Extents as they were written; ids above are those of the namespace above. */
        List<Extent> extents(boolean groups);

        /**
         * Sets a map, once.
         *
         * @param extents as they were written
         * @return false: there is one already
         */
        boolean set(boolean groups, List<Extent> extents);

        /**
         * Forbids setgroups(2), for good.
         *
         * @return false: it is too late
         */
        boolean denySetgroups();
    }

    /**
     * Ids in a row.
     *
     * @param first in the namespace
     * @param above in the one above
     */
    record Extent(int first, int above, int count) {
        boolean holds(int id) {
            return Integer.compareUnsigned(id - first, count) < 0;
        }

        boolean holdsAbove(int id) {
            return Integer.compareUnsigned(id - above, count) < 0;
        }
    }

    /** The first namespace, whose ids are the kernel's own. */
    enum First implements UserView, Maps {
        INSTANCE;

        @Override
        public int level() {
            return 0;
        }

        @Override
        public UserView parent() {
            return this;
        }

        @Override
        public Namespace namespaceOr(Namespace first) {
            return first;
        }

        @Override
        public int ownerUid() {
            return 0;
        }

        @Override
        public int findUid(int uid) {
            return uid;
        }

        @Override
        public int findGid(int gid) {
            return gid;
        }

        @Override
        public int meantUid(int uid) {
            return uid;
        }

        @Override
        public int meantGid(int gid) {
            return gid;
        }

        @Override
        public boolean permitsSetgroups() {
            return true;
        }

        @Override
        public Maps maps() {
            return this;
        }

        @Override
        public List<Extent> extents(boolean groups) {
            return List.of(new Extent(0, 0, -1));
        }

        @Override
        public boolean set(boolean groups, List<Extent> extents) {
            return false;
        }

        @Override
        public boolean denySetgroups() {
            return false;
        }
    }
}

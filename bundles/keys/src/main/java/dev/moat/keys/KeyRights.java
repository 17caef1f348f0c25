package dev.moat.keys;

import dev.moat.api.task.Credentials;

/**
 * What may be done with a key: six bits each for who possesses it, its owner, its group and others.
 * security/keys/permission.c.
 */
final class KeyRights {
    static final int VIEW = 0x01;
    static final int READ = 0x02;
    static final int WRITE = 0x04;
    static final int SEARCH = 0x08;
    static final int LINK = 0x10;
    static final int SETATTR = 0x20;
    static final int ALL = 0x3f;

    static final int POSSESSOR_SHIFT = 24;
    static final int USER_SHIFT = 16;
    private static final int GROUP_SHIFT = 8;

    /** All bits that there are. */
    static final int MASK = ALL << POSSESSOR_SHIFT | ALL << USER_SHIFT | ALL << GROUP_SHIFT | ALL;

    /** Of persistent keyrings and what has them: persistent-keyring(7). */
    static final int OF_PERSISTENT =
            (ALL & ~SETATTR) << POSSESSOR_SHIFT | (VIEW | READ) << USER_SHIFT;

    private KeyRights() {}

    /** What add_key(2) gives: key_create_or_update(). */
    static int ofNew(KeyType type) {
        int possessor = ALL & ~(type.canBeRead() ? 0 : READ);
        return possessor << POSSESSOR_SHIFT | VIEW << USER_SHIFT;
    }

    static int of(int possessor, int user) {
        return possessor << POSSESSOR_SHIFT | user << USER_SHIFT;
    }

    /** Whether {@code who} may do all of {@code needed}. */
    static boolean allow(Key key, boolean possessed, Credentials who, int needed) {
        int rights = key.rights();
        int given;
        if (key.uid() == who.fsUid()) {
            given = rights >>> USER_SHIFT;
        } else if (key.gid() != -1
                && (rights >>> GROUP_SHIFT & ALL) != 0
                && (key.gid() == who.fsGid() || isListed(who, key.gid()))) {
            given = rights >>> GROUP_SHIFT;
        } else {
            given = rights;
        }
        if (possessed) {
            given |= rights >>> POSSESSOR_SHIFT;
        }
        return (given & needed) == needed;
    }

    static boolean isListed(Credentials who, int gid) {
        for (int group : who.groups()) {
            if (group == gid) {
                return true;
            }
        }
        return false;
    }
}

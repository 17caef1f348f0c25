package dev.moat.keys;

import dev.moat.abi.Capabilities;
import dev.moat.abi.Errno;
import dev.moat.api.namespace.UserView;
import dev.moat.api.task.Credentials;
import dev.moat.keys.KeyFinder.Found;
import dev.moat.keys.KeyFinder.Missing;
import dev.moat.keys.KeyFinder.State;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** What keyctl(2) does with single keys. With the table's lock. */
final class KeyWork {
    private KeyWork() {}

    /** The payload, or the serials of what a keyring has: keyctl_read_key(). */
    static byte[] read(KeyFinder finder, int id) {
        Found found = finder.find(id, Missing.REFUSE, State.GOOD, 0);
        Key key = found.key();
        boolean allowed =
                KeyRights.allow(key, found.possessed(), finder.who(), KeyRights.READ)
                        || found.possessed();
        if (!allowed) {
            throw Errno.EACCES.exception();
        }
        if (!key.type().canBeRead()) {
            throw Errno.EOPNOTSUPP.exception();
        }
        if (!key.isKeyring()) {
            return key.payload();
        }
        ByteBuffer serials =
                ByteBuffer.allocate(key.links().size() * Integer.BYTES)
                        .order(ByteOrder.nativeOrder());
        key.links().forEach(link -> serials.putInt(link.serial()));
        return serials.array();
    }

    static long update(KeyFinder finder, int id, byte[] payload) {
        Key key = finder.find(id, Missing.REFUSE, State.GOOD, KeyRights.WRITE).key();
        if (!key.type().canBeUpdated()) {
            throw Errno.EOPNOTSUPP.exception();
        }
        key.type().check(key.description(), payload);
        key.setPayload(payload);
        return 0;
    }

    /** Whoever may write or set attributes: keyctl_revoke_key(). */
    static long revoke(KeyFinder finder, int id) {
        Found found = finder.find(id, Missing.REFUSE, State.GOOD, 0);
        boolean allowed =
                KeyRights.allow(found.key(), found.possessed(), finder.who(), KeyRights.WRITE)
                        || KeyRights.allow(
                                found.key(), found.possessed(), finder.who(), KeyRights.SETATTR);
        if (!allowed) {
            throw Errno.EACCES.exception();
        }
        found.key().revoke();
        return 0;
    }

    static long invalidate(KeyFinder finder, int id) {
        finder.find(id, Missing.REFUSE, State.GOOD, KeyRights.SEARCH).key().invalidate();
        return 0;
    }

    static long chown(KeyTable table, KeyFinder finder, int id, int uid, int gid) {
        UserView space = finder.who().space();
        int newUid = uid == -1 ? -1 : space.meantUid(uid);
        int newGid = gid == -1 ? -1 : space.meantGid(gid);
        if (uid != -1 && newUid == UserView.NONE || gid != -1 && newGid == UserView.NONE) {
            throw Errno.EINVAL.exception();
        }
        if (uid == -1 && gid == -1) {
            return 0;
        }
        Key key = finder.find(id, Missing.MAKE, State.PARTIAL, KeyRights.SETATTR).key();
        Credentials who = finder.who();
        boolean strange =
                uid != -1 && key.uid() != newUid
                        || gid != -1
                                && key.gid() != newGid
                                && who.fsGid() != newGid
                                && !KeyRights.isListed(who, newGid);
        if (strange && !who.can(Capabilities.CAP_SYS_ADMIN)) {
            throw Errno.EACCES.exception();
        }
        table.giveTo(key, uid == -1 ? key.uid() : newUid, gid == -1 ? key.gid() : newGid);
        return 0;
    }

    static long setRights(KeyFinder finder, int id, int rights) {
        if ((rights & ~KeyRights.MASK) != 0) {
            throw Errno.EINVAL.exception();
        }
        Key key = finder.find(id, Missing.MAKE, State.PARTIAL, KeyRights.SETATTR).key();
        Credentials who = finder.who();
        if (key.uid() != who.fsUid() && !who.can(Capabilities.CAP_SYS_ADMIN)) {
            throw Errno.EACCES.exception();
        }
        key.setRights(rights);
        return 0;
    }

    static long setTimeout(KeyTable table, KeyFinder finder, int id, int seconds) {
        Key key = finder.find(id, Missing.MAKE, State.PARTIAL, KeyRights.SETATTR).key();
        long wait = Integer.toUnsignedLong(seconds);
        key.setExpirySeconds(wait == 0 ? 0 : table.nowSeconds() + wait);
        return 0;
    }
}
